import { expect, it } from '@jest/globals';
import { startHealthServer } from './health-server.js';

it('answers 200 while the worker is alive, 503 when it is not, 404 elsewhere', async () => {
  let alive = true;
  const server = await startHealthServer('127.0.0.1', 0, () => alive);
  const status = async (path: string): Promise<number> => (await fetch(`${server.url}${path}`)).status;
  try {
    expect([await status('/health/live'), await status('/health/ready'), await status('/secrets')]).toEqual([
      200, 200, 404,
    ]);
    alive = false;
    expect(await status('/health/live')).toBe(503);
  } finally {
    await server.close();
  }
});
