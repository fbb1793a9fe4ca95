import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_ACCESS } from './access-options.js';
import { AccessWorld } from '../testing/access-world.js';

const patient = { perMinute: 1_000_000, burst: 1_000_000 };
const PATIENT = { key: patient, tenant: patient, address: patient, failures: patient };
/** Refills so slowly that a test does not see it. */
const few = (burst: number) => ({ burst, perMinute: 0.01 });

let system: AccessWorld;
let world: AccessWorld | undefined;
beforeAll(async () => {
  system = await AccessWorld.start({ limits: PATIENT });
}, 180_000);
afterEach(() => world?.stop());
afterAll(() => system.stop());

const statuses = async (times: number, ask: () => Promise<{ status: number }>): Promise<readonly number[]> => {
  const seen: number[] = [];
  for (let at = 0; at < times; at += 1) seen.push((await ask()).status);
  return seen;
};

describe('limits of requests', () => {
  it('8: after five credentials that nobody has, an address waits; whoever has a good one goes on there', async () => {
    world = await system.again({ limits: { ...PATIENT, failures: DEFAULT_ACCESS.limits.failures } });
    const { ask, a } = { ask: world.ask.bind(world), a: world.a };
    const fresh = await world.keyOf(a, 'fresh', ['read']);
    const guess = () => ask('GET', '/v1/contexts', `ltk_${randomUUID()}_${'B'.repeat(43)}`);
    expect(await statuses(7, guess)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const refused = await guess();
    expect(refused.json['code']).toBe('TOO_MANY_REQUESTS');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(180);
    // Also a key that was never seen here before: a neighbour who guesses locks nobody out.
    expect((await ask('GET', '/v1/contexts', fresh.token)).status).toBe(200);
    expect((await ask('GET', '/v1/contexts', a.key)).status).toBe(200);
    expect((await guess()).status).toBe(429);
  });

  it('16: many keys of one tenant share its limit; another tenant has its own', async () => {
    world = await system.again({ limits: { ...PATIENT, tenant: few(20) } });
    const { ask, a, b } = { ask: world.ask.bind(world), a: world.a, b: world.b };
    const keys = [a.key];
    for (const client of ['k1', 'k2', 'k3']) keys.push((await world.keyOf(a, client, ['read'])).token);
    const seen: number[] = [];
    for (let at = 0; at < 24; at += 1) seen.push((await ask('GET', '/v1/contexts', keys[at % keys.length])).status);
    expect(seen.filter((status) => status === 200)).toHaveLength(17);
    expect(seen.at(-1)).toBe(429);
    const refused = await ask('GET', '/v1/contexts', keys[0]);
    expect(refused.json).toMatchObject({ code: 'TOO_MANY_REQUESTS', limit: 'tenant' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask('GET', '/v1/contexts', b.key)).status).toBe(200);
  });

  it('hold a client, whichever of its two keys it uses', async () => {
    world = await system.again({ limits: { ...PATIENT, key: few(8) } });
    const { ask, a } = { ask: world.ask.bind(world), a: world.a };
    const pair = [await world.keyOf(a, 'pair', ['read']), await world.keyOf(a, 'pair', ['read'])];
    const seen: number[] = [];
    for (let at = 0; at < 10; at += 1) seen.push((await ask('GET', '/v1/contexts', pair[at % 2]?.token)).status);
    expect(seen).toEqual([...Array.from({ length: 8 }, () => 200), 429, 429]);
  });

  it('hold an address before anybody is asked who they are', async () => {
    world = await system.again({ limits: { ...PATIENT, address: few(4) } });
    const { ask } = { ask: world.ask.bind(world) };
    expect(await statuses(6, () => ask('GET', '/v1/contexts'))).toEqual([401, 401, 401, 401, 429, 429]);
    expect((await ask('GET', '/health/live')).status).toBe(200);
  });
});
