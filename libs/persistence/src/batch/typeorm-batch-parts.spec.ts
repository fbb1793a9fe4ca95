import {
  BATCH_PART_TRANSITIONS,
  beginSendingPart,
  packed,
  partArrived,
  partRefused,
  partUnknown,
  pendingPart,
  StaleLeaseError,
  type BatchId,
  type BatchLease,
  type BatchPart,
  type BatchPartState,
  type Part,
} from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { MIGRATIONS } from '../migrations/migrations.js';
import { aPlannedBatch, aSealedPackage, NOON } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;

const STATES = Object.keys(BATCH_PART_TRANSITIONS) as BatchPartState[];
const LATER = NOON.add({ seconds: 9 });

/** A packed batch, held by a worker. */
async function aHeldBatch(parts: readonly Part[] = aSealedPackage().parts): Promise<BatchLease> {
  const batch = aPlannedBatch(1);
  await inTenant(stage.tenant, ({ batches }) => batches.add(batch));
  const lease = (await inTenant(stage.tenant, ({ batches }) => batches.lease(batch.id, 'worker-1', 60)))!;
  await inTenant(stage.tenant, async ({ batches, batchParts }) => {
    await batches.save(packed(batch, aSealedPackage()), lease, 60);
    await batchParts.declare(lease, parts);
  });
  return lease;
}

const of = (id: BatchId) => inTenant(stage.tenant, ({ batchParts }) => batchParts.of(id));
const save = (lease: BatchLease, part: BatchPart) =>
  inTenant(stage.tenant, ({ batchParts }) => batchParts.save(lease, part));

/** The first part in every state, by the functions of the domain, with the states on the way to it. */
function ways(part: Part): Record<BatchPartState, readonly BatchPart[]> {
  const pending = pendingPart(part);
  const sending = beginSendingPart(pending, NOON);
  return {
    pending: [],
    sending: [sending],
    unknown: [sending, partUnknown(sending, 'ECONNRESET')],
    uploaded: [sending, partArrived(sending, LATER)],
    refused: [sending, partRefused(sending, 'UPLOAD_WINDOW_CLOSED')],
  };
}

describe('the parts of a batch', () => {
  it('are those that were declared, in their order', async () => {
    const { parts } = aSealedPackage(50);
    const lease = await aHeldBatch(parts);
    expect(await of(lease.batchId)).toEqual(parts.map(pendingPart));
  });

  it.each(STATES)('come back as they were stored, in state %s', async (state) => {
    const lease = await aHeldBatch();
    const [first, second] = aSealedPackage().parts.map(pendingPart);
    const way = ways(first!)[state];
    for (const part of way) await save(lease, part);
    expect(await of(lease.batchId)).toEqual([way.at(-1) ?? first, second]);
  });

  it('give way to those of another package while none was sent, and never after', async () => {
    const lease = await aHeldBatch();
    const other = aSealedPackage(3).parts;
    await inTenant(stage.tenant, ({ batchParts }) => batchParts.declare(lease, other));
    expect(await of(lease.batchId)).toEqual(other.map(pendingPart));

    await save(lease, beginSendingPart(pendingPart(other[0]!), NOON));
    await expect(inTenant(stage.tenant, ({ batchParts }) => batchParts.declare(lease, other))).rejects.toMatchObject({
      sqlState: 'LA001',
      constraint: 'batch_part_kept',
    });
    expect(await of(lease.batchId)).toHaveLength(3);
  });

  it('are not changed by a worker that lost the batch', async () => {
    const lease = await aHeldBatch();
    const [first] = aSealedPackage().parts;
    const stale = { ...lease, fence: lease.fence - 1n };
    await expect(save(stale, beginSendingPart(pendingPart(first!), NOON))).rejects.toBeInstanceOf(StaleLeaseError);
    await expect(
      inTenant(stage.tenant, ({ batchParts }) => batchParts.declare(stale, aSealedPackage(3).parts)),
    ).rejects.toBeInstanceOf(StaleLeaseError);
    expect(await of(lease.batchId)).toEqual(aSealedPackage().parts.map(pendingPart));
  });

  it('are not seen by another tenant', async () => {
    const lease = await aHeldBatch();
    const other = await stage.freshTenant();
    expect(await inTenant(other, ({ batchParts }) => batchParts.of(lease.batchId))).toEqual([]);
  });
});

describe('the lifecycle of a part in the database', () => {
  it('is the table of the domain', async () => {
    const rows = await stage.database.sql<{ from_state: string; to_state: string }>(
      'SELECT * FROM batch_part_transition',
    );
    const stored = rows.map((row) => `${row.from_state} -> ${row.to_state}`).sort();
    const declared = STATES.flatMap((from) => BATCH_PART_TRANSITIONS[from].map((to) => `${from} -> ${to}`)).sort();
    expect(stored).toEqual(declared);
  });

  it.each(STATES)('lets a part leave %s only along it', async (from) => {
    const reached: BatchPartState[] = [];
    for (const to of STATES) {
      const lease = await aHeldBatch();
      const [first] = aSealedPackage().parts;
      for (const part of ways(first!)[from]) await save(lease, part);
      const before = (await of(lease.batchId))[0]!;
      const target = ways(first!)[to].at(-1) ?? pendingPart(first!);
      const attempts = before.attempts + (to === 'sending' ? 1 : 0);
      const error: unknown = await save(lease, { ...target, attempts }).catch((thrown: unknown) => thrown);
      if (error === undefined) reached.push(to);
      else expect(error).toMatchObject({ sqlState: 'LA002', constraint: 'batch_part_transition' });
    }
    const declared: readonly BatchPartState[] = BATCH_PART_TRANSITIONS[from];
    expect(reached).toEqual(STATES.filter((to) => declared.includes(to)));
  });

  it('never changes what was declared, and counts every attempt', async () => {
    const lease = await aHeldBatch();
    const refused = (set: string) =>
      stage.database
        .sql(`UPDATE batch_part SET ${set} WHERE batch_id = $1 AND ordinal = 1`, [lease.batchId])
        .catch((error: unknown) => error);
    expect(await refused('size_bytes = size_bytes + 1')).toMatchObject({ constraint: 'batch_part_declared' });
    expect(await refused("state = 'sending', sent_at = now()")).toMatchObject({ constraint: 'batch_part_attempts' });
    expect(await refused("state = 'sending', attempts = 1")).toMatchObject({ constraint: 'batch_part_state' });
  });
});

describe('batches that were packed before parts had rows', () => {
  it('get them from what the batch knew, and give it back', async () => {
    const lease = await aHeldBatch();
    const migration = MIGRATIONS.find(({ name }) => name.startsWith('BatchParts'))!;
    const steps = new migration();
    const runner = { query: (text: string) => stage.database.sql(text) } as never;
    await steps.down(runner);
    const body = { sealed: { parts: aSealedPackage(2).parts }, targets: [], uploaded: [2] };
    await stage.database.force(
      `UPDATE batch SET state = 'open', body = $2, session_reference = 'session' WHERE id = $1`,
      [lease.batchId, JSON.stringify(body)],
    );
    await steps.up(runner);
    await stage.database.sql("SELECT protect_tenant_table('batch_part'), grant_by_need('batch_part_transition')");
    expect((await of(lease.batchId)).map(({ ordinal, state, attempts }) => [ordinal, state, attempts])).toEqual([
      [1, 'pending', 0],
      [2, 'uploaded', 1],
    ]);
    const [row] = await stage.database.sql<{ body: object }>('SELECT body FROM batch WHERE id = $1', [lease.batchId]);
    expect(row!.body).not.toHaveProperty('uploaded');
  });
});
