import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Liveness, readiness and metrics (Prometheus text format) for Kubernetes, over bare HTTP; not for the outside. */
export async function startHealthServer(
  host: string,
  port: number,
  isAlive: () => boolean,
  metrics: () => Promise<string>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    if (request.url === '/metrics') {
      void metrics().then(
        (text) => response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text),
        () => response.writeHead(500).end(),
      );
      return;
    }
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
