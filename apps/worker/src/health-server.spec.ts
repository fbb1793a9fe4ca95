import { expect, it } from '@jest/globals';
import { startHealthServer } from './health-server.js';

it('answers 200 while the worker is alive, 503 when it is not, 404 elsewhere', async () => {
  let alive = true;
  const server = await startHealthServer(
    '127.0.0.1',
    0,
    () => alive,
    () => Promise.resolve('latarnik_up 1\n'),
  );
  const status = async (path: string): Promise<number> => (await fetch(`${server.url}${path}`)).status;
  try {
    expect([await status('/health/live'), await status('/health/ready'), await status('/secrets')]).toEqual([
      200, 200, 404,
    ]);
    const metrics = await fetch(`${server.url}/metrics`);
    expect([metrics.headers.get('content-type'), await metrics.text()]).toEqual([
      'text/plain; version=0.0.4; charset=utf-8',
      'latarnik_up 1\n',
    ]);
    alive = false;
    expect(await status('/health/live')).toBe(503);
  } finally {
    await server.close();
  }
});
