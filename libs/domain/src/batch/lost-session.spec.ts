import { describe, expect, it } from '@jest/globals';
import { KsefThrottledError, KsefUnreachableError } from '../session/ksef-access.js';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { plainDocument } from '../testing/plain-document.js';
import type { BatchId } from './batch.js';
import { nextStepOf } from './next-step.js';
import { SettleDispute } from './settle-dispute.js';

const GO_ON = { aborted: false };
const HOUR = 3600;

/** A batch that is closed, and whose session KSeF says it does not know. */
async function lost(...numbers: readonly string[]) {
  const world = new DeliveryWorld();
  world.ksef.pollsUntilProcessed = 1_000_000;
  const id = await world.plannedBatch(...numbers);
  await world.worker().execute(TENANT, id, GO_ON);
  world.ksef.unknownSessions.add('session-1');
  world.clock.advance(60);
  await world.worker().execute(TENANT, id, GO_ON);
  return { world, id };
}

const look = (world: DeliveryWorld, id: BatchId) => world.worker().execute(TENANT, id, GO_ON);

async function pass(world: DeliveryWorld, id: BatchId, hours: number): Promise<void> {
  world.clock.advance(hours * HOUR);
  await look(world, id);
}

const alarms = async (world: DeliveryWorld, id: BatchId) =>
  (await world.database.tracking.alarms.of(id)).map(({ kind }) => kind);

describe('a session that KSeF does not know (reliability C22)', () => {
  it('is told to people after an hour, once, and asked about on', async () => {
    const { world, id } = await lost('FV/1');
    await pass(world, id, 0.9);
    expect(await alarms(world, id)).not.toContain('session-unknown');
    await pass(world, id, 0.2);
    await pass(world, id, 1);
    expect(await alarms(world, id)).toContain('session-unknown');
    const told = world.database.outbox.events.filter(({ facts }) => facts['kind'] === 'session-unknown');
    expect(told).toMatchObject([{ type: 'batch.alarm', subject: id, facts: { session: 'session-1' } }]);
    expect(world.batch(id)).toMatchObject({ state: 'processing', unknown: { since: expect.anything() } });
    const standing = (await world.database.inTenant(TENANT, ({ batchRuns }) => batchRuns.standing(id)))!;
    expect(nextStepOf(world.batch(id), standing, world.clock.now())).toMatchObject({ code: 'LOOK_FOR_INVOICES' });
    expect(world.invoiceStates).toEqual(['FV/1: in-session']);
  });

  it('that it knows again is followed as if nothing had been', async () => {
    const { world, id } = await lost('FV/1');
    await pass(world, id, 12);
    world.ksef.unknownSessions.clear();
    await pass(world, id, 2);
    expect(world.batch(id)).not.toHaveProperty('unknown');
    world.ksef.sessions[0]!.pollsLeft = 0;
    expect(await world.runToEnd(id)).toMatchObject({ state: 'done' });
  });

  it('has its invoices looked for after 13 hours: what is there is accepted, what is not goes into another batch', async () => {
    const { world, id } = await lost('FV/1', 'FV/2', 'FV/3');
    const { ksefNumber } = world.ksef.acceptBefore(plainDocument({ number: 'FV/1' }));
    world.ksef.acceptBefore(plainDocument({ number: 'FV/3', content: 'another' }));
    await pass(world, id, 12.9);
    expect(world.invoiceStates).toEqual(['FV/1: in-session', 'FV/2: in-session', 'FV/3: in-session']);
    await pass(world, id, 0.1);
    expect(world.batch(id)).toMatchObject({
      state: 'dead',
      reason: 'KSeF does not know session session-1; its invoices were looked for one by one',
    });
    // It is in KSeF, and its UPO could be read from its session alone: a person asks for it.
    expect(world.invoice('FV/1')).toMatchObject({ state: 'needs-review', acceptance: { ksefNumber } });
    expect(world.invoice('FV/1')).not.toHaveProperty('acceptance.invoice');
    expect(world.invoiceStates.slice(1)).toEqual(['FV/2: issued', 'FV/3: issued']);

    world.ksef.pollsUntilProcessed = 1;
    world.clock.advance(60);
    const [next] = await world.planner.execute(TENANT, 'worker');
    await world.runToEnd(next!.id);
    expect(world.invoiceStates.slice(1)).toEqual(['FV/2: complete', 'FV/3: conflict']);
    expect(world.ksef.ledger).toHaveLength(3);
  });

  it('leaves as it is what cannot be read, and goes on with it when it can', async () => {
    const { world, id } = await lost('FV/1', 'FV/2');
    world.clock.advance(13 * HOUR);
    let asked = 0;
    const search = world.ksef.findByNumber.bind(world.ksef);
    world.ksef.findByNumber = (access, invoice) => {
      asked += 1;
      if (asked === 2) return Promise.reject(new KsefThrottledError(1800));
      return asked === 3 ? Promise.reject(new KsefUnreachableError('reset')) : search(access, invoice);
    };
    await look(world, id);
    expect(world.database.batches.nextActionInSeconds(id)).toBe(1800);
    expect(world.invoiceStates.filter((text) => text.endsWith('in-session'))).toHaveLength(1);
    await pass(world, id, 0.5);
    expect(world.batch(id).state).toBe('processing');
    await pass(world, id, 0.1);
    expect(world.batch(id).state).toBe('dead');
    expect(asked).toBe(4);
    expect(world.invoiceStates).toEqual(['FV/1: issued', 'FV/2: issued']);
  });

  it('is given up earlier when a person settles it: also then nothing goes again before it was looked for', async () => {
    const { world, id } = await lost('FV/1', 'FV/2');
    world.ksef.acceptBefore(plainDocument({ number: 'FV/1' }));
    await pass(world, id, 2);
    const settle = new SettleDispute(world.database, world.clock);
    const by = { actor: 'api-key:a', person: 'Anna' };
    expect(await settle.execute(TENANT, id, by, 'the help desk says it never was')).toMatchObject({
      ok: true,
      value: { state: 'processing', unknown: { settlement: 'the help desk says it never was' } },
    });
    expect(world.invoiceStates).toEqual(['FV/1: in-session', 'FV/2: in-session']);
    await look(world, id);
    expect(world.batch(id).state).toBe('dead');
    expect(world.invoiceStates).toEqual(['FV/1: needs-review', 'FV/2: issued']);
    const trail = await world.database.audit.of('batch', id);
    expect(trail).toContainEqual(
      expect.objectContaining({ action: 'batch.session-settled', facts: expect.objectContaining({ person: 'Anna' }) }),
    );
  });

  it('is not given up within the first hour, whatever a person says: KSeF may know it again', async () => {
    const { world, id } = await lost('FV/1');
    const settle = new SettleDispute(world.database, world.clock);
    await settle.execute(TENANT, id, { actor: 'api-key:a', person: 'Anna' }, 'nobody knows it');
    await pass(world, id, 0.9);
    expect(world.invoiceStates).toEqual(['FV/1: in-session']);
    const standing = (await world.database.inTenant(TENANT, ({ batchRuns }) => batchRuns.standing(id)))!;
    expect(nextStepOf(world.batch(id), standing, world.clock.now()).detail).toContain('looked for one by one');
    await pass(world, id, 0.1);
    expect(world.batch(id).state).toBe('dead');
    expect(world.invoiceStates).toEqual(['FV/1: issued']);
  });

  it('is not settled while KSeF knows it', async () => {
    const world = new DeliveryWorld();
    world.ksef.pollsUntilProcessed = 1_000_000;
    const id = await world.plannedBatch('FV/1');
    await look(world, id);
    const settle = new SettleDispute(world.database, world.clock);
    expect(await settle.execute(TENANT, id, { actor: 'api-key:a', person: 'Anna' }, 'x')).toMatchObject({
      error: { code: 'NOT_DISPUTED', state: 'processing' },
    });
  });

  it('lost before its close is the same', async () => {
    const world = new DeliveryWorld();
    world.ksef.script('close', 'lost-before');
    const id = await world.plannedBatch('FV/1');
    await look(world, id);
    world.ksef.unknownSessions.add('session-1');
    await look(world, id);
    expect(world.batch(id)).toMatchObject({ state: 'closing', unknown: expect.anything() });
    await pass(world, id, 13);
    expect(world.batch(id).state).toBe('dead');
    expect(world.invoiceStates).toEqual(['FV/1: issued']);
  });
});
