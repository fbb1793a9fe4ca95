import { describe, expect, it } from '@jest/globals';
import {
  MOST_FAILED_RUNS,
  MOST_UNFINISHED_RUNS,
  packed,
  StaleLeaseError,
  type BatchId,
  type PlannedBatch,
  type TenantId,
} from '@latarnik/domain';
import { aPlannedBatch, aSealedPackage } from '../testing/samples.js';
import { Stage } from '../testing/stage.js';

const stage = Stage.forThisFile();
const { inTenant } = stage;

async function aBatch(owner = stage.tenant): Promise<PlannedBatch> {
  const batch = aPlannedBatch();
  await inTenant(owner, ({ batches }) => batches.add(batch));
  return batch;
}
const lease = (id: BatchId, worker = 'worker-1') =>
  inTenant(stage.tenant, ({ batches }) => batches.lease(id, worker, 15));
const standing = (id: BatchId) => inTenant(stage.tenant, ({ batchRuns }) => batchRuns.standing(id));
const due = async (limit = 100) =>
  (await stage.database.unitOfWork.inSystem((stores) => stores.dueBatches(limit))).map(({ batchId }) => batchId);
const hopeless = async () =>
  (await stage.database.unitOfWork.inSystem((stores) => stores.hopelessBatches())).map(({ batchId }) => batchId);

/** A worker that leases it and dies. */
async function crash(id: BatchId): Promise<void> {
  expect(await lease(id)).toBeDefined();
  await stage.database.sql("UPDATE batch SET lease_until = app_now() - interval '1 second' WHERE id = $1", [id]);
}

describe('runs of a batch', () => {
  it('count as unfinished from the lease on, until it is given back', async () => {
    const { id } = await aBatch();
    expect(await standing(id)).toMatchObject({ unfinishedRuns: 0, failedRuns: 0 });
    const held = await lease(id);
    expect(await standing(id)).toMatchObject({ unfinishedRuns: 1, leasedUntil: expect.anything() });
    await inTenant(stage.tenant, ({ batches }) => batches.release(held!));
    const after = await standing(id);
    expect([after?.unfinishedRuns, after?.leasedUntil]).toEqual([0, undefined]);
    expect(await inTenant(stage.tenant, ({ batchRuns }) => batchRuns.standing(aPlannedBatch().id))).toBeUndefined();
  });

  it('that kill a worker five times make it wait for a person, and nobody else gets it', async () => {
    const { id } = await aBatch();
    for (let run = 1; run <= MOST_UNFINISHED_RUNS; run++) {
      expect(await hopeless()).not.toContain(id);
      await crash(id);
    }
    expect(await hopeless()).toContain(id);
    expect(await inTenant(stage.tenant, ({ batchRuns }) => batchRuns.hold(id))).toBe(true);
    expect(await inTenant(stage.tenant, ({ batchRuns }) => batchRuns.hold(id))).toBe(false);
    expect(await hopeless()).not.toContain(id);
    expect(await due()).not.toContain(id);
    expect(await lease(id)).toBeUndefined();

    expect(await inTenant(stage.tenant, ({ batchRuns }) => batchRuns.resume(id))).toBe(true);
    expect(await inTenant(stage.tenant, ({ batchRuns }) => batchRuns.resume(id))).toBe(false);
    expect(await standing(id)).toMatchObject({ unfinishedRuns: 0, failedRuns: 0 });
    expect(await due()).toContain(id);
  });

  it('that fail again and again do so as well; one that ends well clears them', async () => {
    const { id } = await aBatch();
    const fail = () => inTenant(stage.tenant, ({ batchRuns }) => batchRuns.failed(id));
    for (let run = 1; run < MOST_FAILED_RUNS; run++) await fail();
    expect(await hopeless()).not.toContain(id);
    await fail();
    expect(await hopeless()).toContain(id);
    await inTenant(stage.tenant, ({ batchRuns }) => batchRuns.succeeded(id));
    expect(await hopeless()).not.toContain(id);
  });

  it('are not held while a worker is at it', async () => {
    const { id } = await aBatch();
    await lease(id);
    expect(await inTenant(stage.tenant, ({ batchRuns }) => batchRuns.hold(id))).toBe(false);
  });
});

describe('due batches', () => {
  it('come one of each tenant in turn, those in whose last two runs a worker died last', async () => {
    const other = await stage.database.aTenant();
    const mine = [await aBatch(), await aBatch(), await aBatch()].map(({ id }) => id);
    const theirs = [await aBatch(other), await aBatch(other)].map(({ id }) => id);
    await crash(mine[1]!);
    const once = await stage.database.unitOfWork.inSystem((stores) => stores.dueBatches(100));
    expect(once.filter(({ suspect }) => suspect).map(({ batchId }) => batchId)).not.toContain(mine[1]);
    await crash(mine[0]!);
    await crash(mine[0]!);
    const known = new Set<BatchId>([...mine, ...theirs]);
    const order = (await due()).filter((id) => known.has(id));
    const owners = order.map((id) => (mine.includes(id) ? 'mine' : 'theirs'));
    expect(new Set(owners.slice(0, 2))).toEqual(new Set(['mine', 'theirs']));
    expect(order.at(-1)).toBe(mine[0]);
    const suspects = await stage.database.unitOfWork.inSystem((stores) => stores.dueBatches(100));
    expect(suspects.filter(({ suspect }) => suspect).map(({ batchId }) => batchId)).toContain(mine[0]);
  });
});

describe('a worker that stops', () => {
  const handBack = (worker: string) => stage.database.unitOfWork.inSystem((stores) => stores.handBack(worker));

  it('hands its batches back at once, and writes nothing to them any more', async () => {
    const [batch, elsewhere] = [await aBatch(), await aBatch()];
    const worker = `worker-${batch.id}`;
    const [mine, other] = [await lease(batch.id, worker), await lease(elsewhere.id, 'another')];
    expect(await handBack(worker)).toBe(1);
    expect(await due()).toContain(batch.id);
    expect(await due()).not.toContain(elsewhere.id);
    expect(await standing(batch.id)).toMatchObject({ unfinishedRuns: 0 });

    const late = inTenant(stage.tenant, ({ batches }) => batches.save(packed(batch, aSealedPackage()), mine!, 0));
    await expect(late).rejects.toBeInstanceOf(StaleLeaseError);
    expect(await lease(batch.id, 'worker-2')).toBeDefined();
    await inTenant(stage.tenant, ({ batches }) => batches.renew(other!, 15));
    expect(await handBack(worker)).toBe(0);
  });

  it('leaves alone what another tenant has', async () => {
    const other: TenantId = await stage.database.aTenant();
    const { id } = await aBatch(other);
    expect(await inTenant(stage.tenant, ({ batchRuns }) => batchRuns.hold(id))).toBe(false);
    expect(await standing(id)).toBeUndefined();
  });
});
