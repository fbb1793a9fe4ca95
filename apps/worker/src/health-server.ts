import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Liveness and readiness for Kubernetes, over bare HTTP. */
export async function startHealthServer(
  host: string,
  port: number,
  isAlive: () => boolean,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const known = request.url === '/health/live' || request.url === '/health/ready';
    const status = !known ? 404 : isAlive() ? 200 : 503;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: status === 200 ? 'ok' : 'not ok' }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${String(bound)}`,
    close: () =>
      new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  };
}
