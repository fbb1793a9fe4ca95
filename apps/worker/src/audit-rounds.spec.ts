import { beforeEach, expect, it } from '@jest/globals';
import type { Composition } from '@latarnik/composition';
import { PORTS, Temporal, type AuditCheckpoint, type TenantId } from '@latarnik/domain';
import { AuditRounds } from './audit-rounds.js';

const [FIRST, SECOND] = ['first', 'second'] as [TenantId, TenantId];
const T0 = Temporal.Instant.from('2026-11-20T12:00:00Z');

/** Entries that wait, by tenant. */
let waiting: Map<TenantId, number>;
let sealed: [TenantId, number][];
let chains: AuditCheckpoint[];
let now = T0;
let logged: unknown[];
let rounds: AuditRounds;

const auditSeals = {
  tenantsUnsealed: () => Promise.resolve([...waiting].filter(([, count]) => count > 0).map(([tenant]) => tenant)),
  seal: (tenant: TenantId, most: number) => {
    const count = Math.min(most, waiting.get(tenant) ?? 0);
    waiting.set(tenant, (waiting.get(tenant) ?? 0) - count);
    sealed.push([tenant, count]);
    return Promise.resolve(count);
  },
  checkpoints: () => Promise.resolve(chains),
};
const parts = new Map<unknown, unknown>([
  [PORTS.unitOfWork, { inSystem: (work: (stores: unknown) => unknown) => work({ auditSeals }) }],
  [PORTS.clock, { now: () => now }],
]);
const container = { get: (token: unknown) => parts.get(token) };

beforeEach(() => {
  waiting = new Map<TenantId, number>();
  [sealed, chains, now, logged] = [[], [], T0, []];
  rounds = new AuditRounds({ container } as unknown as Composition, (event) => logged.push(event));
});
const checkpoint = (tenant: TenantId, block: number) => ({ tenant, block, sha256: `hash of ${String(block)}` });
const line = (tenant: TenantId, block: number) => ({ event: 'audit.checkpoint', ...checkpoint(tenant, block) });

it('seals what waits of every tenant, in blocks of a thousand', async () => {
  waiting = new Map([
    [FIRST, 2500],
    [SECOND, 1],
  ]);
  await rounds.seal({ aborted: false });
  expect(sealed).toEqual([
    [FIRST, 1000],
    [FIRST, 1000],
    [FIRST, 500],
    [SECOND, 1],
  ]);
});

it('begins no block when it is told to stop', async () => {
  waiting = new Map([[FIRST, 2500]]);
  await rounds.seal({ aborted: true });
  expect(sealed).toEqual([]);
});

it('logs the newest blocks as soon as there are any, and then every hour those that are new', async () => {
  await rounds.seal({ aborted: false });
  expect(logged).toEqual([]);

  chains = [checkpoint(FIRST, 1), checkpoint(SECOND, 7)];
  await rounds.seal({ aborted: false });
  expect(logged).toEqual([line(FIRST, 1), line(SECOND, 7)]);

  chains = [checkpoint(FIRST, 2), checkpoint(SECOND, 7)];
  now = T0.add({ seconds: 3599 });
  await rounds.seal({ aborted: false });
  expect(logged).toHaveLength(2);

  now = T0.add({ seconds: 3600 });
  await rounds.seal({ aborted: false });
  expect(logged.slice(2)).toEqual([line(FIRST, 2)]);
});
