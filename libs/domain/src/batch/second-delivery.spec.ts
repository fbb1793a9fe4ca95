import { describe, expect, it } from '@jest/globals';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import {
  approveSecondDelivery,
  proposeSecondDelivery,
  SECOND_DELIVERY_TRANSITIONS,
  withdrawSecondDelivery,
} from '../tracking/second-delivery.port.js';
import type { BatchId } from './batch.js';
import { AllowSecondDelivery } from './second-delivery.js';

const GO_ON = { aborted: false };
const ANNA = { actor: 'api-key:a', person: 'Anna' };
const BEATA = { actor: 'api-key:b', person: 'Beata' };
/** Two hours before the end of Tuesday: the invoices of the world are due on 2026-11-24. */
const NEAR = '2026-11-24T22:00:00+01:00';

/** A batch that KSeF has been processing since Monday, and now a deadline is near. */
async function hanging(at = NEAR) {
  const world = new DeliveryWorld();
  world.ksef.pollsUntilProcessed = 1_000_000;
  const id = await world.plannedBatch('FV/1', 'FV/2', 'FV/3');
  await world.worker().execute(TENANT, id, GO_ON);
  world.clock.set(at);
  const allow = new AllowSecondDelivery(world.database, world.clock, world.ids);
  const propose = (by = ANNA, reason = 'KSeF hangs') => allow.propose(TENANT, id, by, reason);
  const approve = (by = BEATA) => allow.approve(TENANT, id, by);
  return { world, id, allow, propose, approve };
}

/** Both persons have allowed it; KSeF processes the next session at once. */
async function allowed() {
  const { world, id, propose, approve } = await hanging();
  await propose();
  const approved = await approve();
  if (!approved.ok) throw new Error(approved.error.code);
  world.ksef.pollsUntilProcessed = 1;
  return { world, first: id, second: approved.value.secondBatchId };
}

/** KSeF comes to an end with the first session after all. */
function release(world: DeliveryWorld): void {
  world.ksef.sessions[0]!.pollsLeft = 0;
}

describe('a second delivery (reliability C40)', () => {
  it('needs a deadline that is near, an open session, and a reason', async () => {
    const early = await hanging('2026-11-24T21:59:00+01:00');
    expect(await early.propose()).toMatchObject({
      error: { code: 'DEADLINE_NOT_NEAR', earliestEnd: expect.anything() },
    });
    const { world, id, allow, propose } = await hanging();
    expect(await propose(ANNA, ' ')).toMatchObject({ error: { code: 'REASON_MISSING' } });
    expect(await propose({ ...ANNA, person: '' })).toMatchObject({ error: { code: 'PERSON_MISSING' } });
    expect(await allow.propose(TENANT, 'none' as BatchId, ANNA, 'x')).toMatchObject({
      error: { code: 'BATCH_NOT_FOUND' },
    });
    expect(await propose()).toMatchObject({ ok: true, value: { state: 'proposed', session: 'session-1' } });
    expect(world.invoiceStates).toEqual(['FV/1: in-session', 'FV/2: in-session', 'FV/3: in-session']);
    expect(world.database.batches.stored).toHaveLength(1);
    release(world);
    await world.runToEnd(id);
    expect(await propose()).toMatchObject({ error: { code: 'SESSION_NOT_OPEN', state: 'done' } });
  });

  it('needs two persons with two credentials', async () => {
    const { world, propose, approve } = await hanging();
    expect(await approve()).toMatchObject({ error: { code: 'NOT_PROPOSED' } });
    await propose();
    expect(await approve(ANNA)).toMatchObject({ error: { code: 'SAME_PERSON', by: 'Anna' } });
    expect(await approve({ actor: ANNA.actor, person: 'Beata' })).toMatchObject({ error: { code: 'SAME_PERSON' } });
    expect(await approve({ actor: 'api-key:b', person: ' anna ' })).toMatchObject({ error: { code: 'SAME_PERSON' } });
    expect(world.database.batches.stored).toHaveLength(1);
    expect(await approve()).toMatchObject({ ok: true, value: { state: 'approved', invoices: 3 } });
    expect(await approve()).toMatchObject({ error: { code: 'ALREADY_APPROVED' } });
    expect(await propose()).toMatchObject({ error: { code: 'ALREADY_APPROVED' } });
    expect(world.database.batches.stored).toHaveLength(2);
  });

  it('can be taken back before anybody approved, and asked for again', async () => {
    const { id, allow, propose, approve } = await hanging();
    await propose();
    expect(await allow.withdraw(TENANT, id, BEATA, 'KSeF moves')).toMatchObject({ value: { state: 'withdrawn' } });
    expect(await approve()).toMatchObject({ error: { code: 'NOT_PROPOSED' } });
    expect(await allow.withdraw(TENANT, id, BEATA, 'KSeF moves')).toMatchObject({ error: { code: 'NOT_PROPOSED' } });
    expect(await propose()).toMatchObject({ ok: true });
  });

  it('brings the invoices in when the first session stays silent; both attempts end by themselves', async () => {
    const { world, first, second } = await allowed();
    expect(await world.runToEnd(second)).toMatchObject({ state: 'done', lineage: { cause: 'second-delivery' } });
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
    expect(world.invoice('FV/1')).toMatchObject({ acceptance: { session: 'session-2' } });
    expect(world.invoice('FV/1')).not.toHaveProperty('delivery.earlier');
    release(world);
    // Now the first one says: duplicates, all of them.
    expect(await world.runToEnd(first)).toMatchObject({ state: 'done', sessionCode: 445 });
    expect(world.ksef.ledger).toHaveLength(3);
    expect(world.invoice('FV/1')).toMatchObject({ state: 'complete', acceptance: { session: 'session-2' } });
  });

  it('does not set out when the first session comes to its end before it', async () => {
    const { world, first, second } = await allowed();
    release(world);
    await world.runToEnd(first);
    expect(world.invoice('FV/1')).toMatchObject({ state: 'complete', acceptance: { session: 'session-1' } });
    await world.runToEnd(second);
    expect(world.batch(second)).toMatchObject({
      state: 'dead',
      reason: 'KSeF has answered for all of them in the session before',
    });
    expect(world.ksef.sessions).toHaveLength(1);
    expect(world.ksef.ledger).toHaveLength(3);
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
  });

  it('in between: the second is open when the first is read', async () => {
    const { world, first, second } = await allowed();
    world.ksef.pollsUntilProcessed = 5;
    await world.worker().execute(TENANT, second, GO_ON);
    expect(world.batch(second).state).toBe('processing');
    expect(world.invoice('FV/2')).toMatchObject({
      state: 'in-session',
      delivery: { batchId: second, session: 'session-2', earlier: { batchId: first, session: 'session-1' } },
    });
    release(world);
    await world.runToEnd(first);
    await world.runToEnd(second);
    expect(world.ksef.sessions[1]!.rows.map(({ code }) => code)).toEqual([440, 440, 440]);
    expect(world.batch(second)).toMatchObject({ state: 'done' });
    expect(world.ksef.ledger.map(({ session }) => session)).toEqual(['session-1', 'session-1', 'session-1']);
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
  });

  it('that comes to nothing leaves the first attempt as it was', async () => {
    const { world, first, second } = await allowed();
    world.ksef.sessionVerdicts.push(430);
    expect(await world.runToEnd(second)).toMatchObject({ state: 'dead' });
    expect(world.invoice('FV/1')).toMatchObject({
      state: 'in-session',
      delivery: { batchId: first, session: 'session-1' },
    });
    expect(world.database.batches.stored).toHaveLength(2);
    release(world);
    await world.runToEnd(first);
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
  });

  it('that came to nothing may be followed by another, by two persons again; one under way, or with effect, may not', async () => {
    const { world, id, propose, approve } = await hanging();
    await propose();
    const approved = await approve();
    if (!approved.ok) throw new Error(approved.error.code);
    expect(await propose()).toMatchObject({ error: { code: 'ALREADY_APPROVED' } });
    world.ksef.sessionVerdicts.push(430);
    world.ksef.pollsUntilProcessed = 1;
    await world.worker().execute(TENANT, approved.value.secondBatchId, GO_ON);
    expect(await propose()).toMatchObject({ error: { code: 'ALREADY_APPROVED' } });
    expect(await world.runToEnd(approved.value.secondBatchId)).toMatchObject({ state: 'dead' });

    expect(await propose(BEATA, 'KSeF still hangs')).toMatchObject({ ok: true, value: { state: 'proposed' } });
    expect(await approve(BEATA)).toMatchObject({ error: { code: 'SAME_PERSON' } });
    const again = await approve(ANNA);
    if (!again.ok) throw new Error(again.error.code);
    expect(again.value.secondBatchId).not.toBe(approved.value.secondBatchId);
    expect(await world.runToEnd(again.value.secondBatchId)).toMatchObject({ state: 'done' });
    expect(world.invoiceStates).toEqual(['FV/1: complete', 'FV/2: complete', 'FV/3: complete']);
    expect(await propose()).toMatchObject({ ok: false });
    release(world);
    await world.runToEnd(id);
    expect(world.ksef.ledger).toHaveLength(3);
  });

  it('goes on alone when the first session dies; a refusal counts only when no attempt is open', async () => {
    const { world, first, second } = await allowed();
    world.ksef.pollsUntilProcessed = 5;
    await world.worker().execute(TENANT, second, GO_ON);
    world.ksef.verdicts.set('FV/1', [450]);
    release(world);
    await world.runToEnd(first);
    // Refused there, but the same bytes are still open here: no new bytes may exist meanwhile (R4).
    expect(world.invoice('FV/1')).toMatchObject({ state: 'in-session', delivery: { batchId: second } });
    expect(world.invoice('FV/1')).not.toHaveProperty('delivery.earlier');
    world.ksef.verdicts.set('FV/1', [450]);
    await world.runToEnd(second);
    expect(world.invoiceStates).toEqual(['FV/1: rejected', 'FV/2: complete', 'FV/3: complete']);
  });

  it('has moves as the table says', () => {
    const asked = {
      batchId: 'b' as BatchId,
      session: 's' as never,
      askedBy: ANNA,
      askedAt: null as never,
      reason: 'r',
    };
    const proposal = proposeSecondDelivery(asked);
    const approval = { approvedBy: BEATA, approvedAt: null as never, secondBatchId: 'c' as BatchId, invoices: 1 };
    const made = [
      `proposed ${approveSecondDelivery(proposal, approval).state}`,
      `proposed ${withdrawSecondDelivery(proposal, 'why', null as never).state}`,
      // The one before came to nothing.
      `approved ${proposeSecondDelivery(approveSecondDelivery(proposal, approval)).state}`,
      `withdrawn ${proposeSecondDelivery(withdrawSecondDelivery(proposal, 'why', null as never)).state}`,
    ];
    const declared = Object.entries(SECOND_DELIVERY_TRANSITIONS).flatMap(([from, tos]) =>
      tos.map((to) => `${from} ${to}`),
    );
    expect(made.sort()).toEqual(declared.sort());
  });
});
