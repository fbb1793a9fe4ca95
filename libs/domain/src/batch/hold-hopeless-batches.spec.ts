import { describe, expect, it } from '@jest/globals';
import { TENANT } from '../testing/builders.js';
import { DeliveryWorld } from '../testing/delivery-world.js';
import { LEASE_SECONDS } from './advance-batch.js';
import { MOST_UNFINISHED_RUNS } from './batch-runs.port.js';
import type { BatchId } from './batch.js';
import { HoldHopelessBatches, ResumeBatch } from './hold-hopeless-batches.js';
import { nextStepOf } from './next-step.js';

/** A worker that takes the batch and dies at once. */
async function crash(world: DeliveryWorld, id: BatchId): Promise<void> {
  await world.database.inTenant(TENANT, ({ batches }) => batches.lease(id, 'worker-1', LEASE_SECONDS));
  world.clock.advance(LEASE_SECONDS);
}

describe('a batch that kills its workers (reliability X6)', () => {
  it('waits for a person after the fifth time, and the others go on', async () => {
    const world = new DeliveryWorld();
    const poison = await world.plannedBatch('FV/1');
    const sound = await world.plannedBatch('FV/2');
    const hold = new HoldHopelessBatches(world.database, world.clock);
    for (let run = 1; run < MOST_UNFINISHED_RUNS; run++) await crash(world, poison);
    expect(await hold.execute()).toEqual([]);
    await crash(world, poison);
    expect(await hold.execute()).toEqual([{ tenant: TENANT, batchId: poison }]);
    expect(await hold.execute()).toEqual([]);

    expect(await world.worker().execute(TENANT, poison, { aborted: false })).toBe('held-by-another');
    expect((await world.runToEnd(sound)).state).toBe('done');
    expect(await world.database.audit.of('batch', poison)).toContainEqual(
      expect.objectContaining({ actor: 'worker', action: 'batch.held', facts: { unfinishedRuns: 5, failedRuns: 0 } }),
    );
    expect(world.database.outbox.events).toContainEqual(
      expect.objectContaining({ type: 'batch.held', subject: poison }),
    );
    const standing = await world.database.batches.runs.standing(poison);
    expect(nextStepOf(world.batch(poison), standing!, world.clock.now())).toMatchObject({
      code: 'PERSON_RESUMES',
      detail: expect.stringContaining('5 worker(s) stopped in the middle of it'),
    });
  });

  it('goes on when the person says so, once', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    const resume = new ResumeBatch(world.database, world.clock);
    expect(await resume.execute(TENANT, 'api-key:7', id)).toBe(false);
    for (let run = 0; run < MOST_UNFINISHED_RUNS; run++) await crash(world, id);
    await new HoldHopelessBatches(world.database, world.clock).execute();
    expect(await resume.execute(TENANT, 'api-key:7', id)).toBe(true);
    expect((await world.runToEnd(id)).state).toBe('done');
    expect(world.invoiceStates).toEqual(['FV/1: complete']);
  });

  it('is not blamed for runs that ended, however badly KSeF answered', async () => {
    const world = new DeliveryWorld();
    const id = await world.plannedBatch('FV/1');
    for (let run = 0; run < MOST_UNFINISHED_RUNS + 2; run++) {
      world.ksef.script('open', 'lost-before');
      await world.worker().execute(TENANT, id, { aborted: false });
      world.clock.advance(600);
    }
    expect(await new HoldHopelessBatches(world.database, world.clock).execute()).toEqual([]);
  });
});
