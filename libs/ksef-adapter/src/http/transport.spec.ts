import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type LocalServer, startLocalServer } from '../testing/local-server.js';
import { type HttpOutcome, Transport } from './transport.js';

/** To one origin. */
const CONNECTIONS = 16;

let server: LocalServer;
beforeEach(async () => {
  server = await startLocalServer(({ path }) => (path === '/hangs' ? 'silence' : { status: 204 }));
});
afterEach(async () => {
  await server.close();
});

describe('an exchange', () => {
  const transport = new Transport({ connectTimeoutMs: 60_000 });
  const get = (path: string, timeoutMs: number): Promise<HttpOutcome> =>
    transport.exchange({ method: 'GET', url: `${server.url}${path}`, headers: {}, maxAnswerBytes: 10, timeoutMs });

  it('that may not leave later than now does not leave late', async () => {
    const url = `${server.url}/late`;
    const message = { method: 'GET', url, headers: {}, maxAnswerBytes: 10, timeoutMs: 60_000 };

    const late = await transport.exchange({ ...message, leaveWithinMs: -1 });
    expect(late).toEqual({ kind: 'not-sent', cause: 'no free connection in time', tooLate: true });
    expect(await transport.exchange({ ...message, leaveWithinMs: 30_000 })).toMatchObject({ status: 204 });
    expect(server.requests).toHaveLength(1);
  });

  it('that finds every connection taken until its time to leave is over is never sent', async () => {
    const hanging = Array.from({ length: CONNECTIONS }, () => get('/hangs', 1_000));
    const late = transport.exchange({
      ...{ method: 'GET', url: `${server.url}/waits`, headers: {}, maxAnswerBytes: 10 },
      ...{ timeoutMs: 60_000, leaveWithinMs: 50 },
    });

    expect(await late).toEqual({ kind: 'not-sent', cause: 'no free connection in time', tooLate: true });
    await Promise.all(hanging);
    expect(await get('/next', 60_000)).toMatchObject({ kind: 'answer', status: 204 });
    expect(server.requests.map(({ path }) => path)).not.toContain('/waits');
  });

  it('that finds every connection taken is over is over in its own time, and is never sent', async () => {
    const hanging = Array.from({ length: CONNECTIONS }, () => get('/hangs', 1_500));
    const waiting = get('/waits', 100);
    const next = get('/next', 60_000);

    expect(await waiting).toEqual({ kind: 'not-sent', cause: 'no answer in time' });
    expect((await Promise.all(hanging)).map(({ kind }) => kind)).toEqual(Array(CONNECTIONS).fill('lost'));
    expect(await next).toMatchObject({ kind: 'answer', status: 204 });
    expect(server.requests.map(({ path }) => path)).not.toContain('/waits');
  });
});
