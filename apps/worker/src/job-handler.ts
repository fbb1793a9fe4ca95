import type { Job, StopSignal, UnitOfWork } from '@latarnik/domain';
import type { Log, UseCases } from '@latarnik/composition';
import type { WorkerMetrics } from './metrics.js';

export interface JobContext {
  readonly useCases: UseCases;
  readonly unitOfWork: UnitOfWork;
  readonly metrics: WorkerMetrics;
  readonly log: Log;
}

/**
 * Does one job. Jobs are hints and may come twice or to two workers at once: each use case finds out from the rows
 * what there is to do. Only a throw (transport, a lost race) is tried again by the queue.
 */
export async function handleJob(
  { useCases, unitOfWork, metrics, log }: JobContext,
  job: Job,
  stop: StopSignal,
): Promise<void> {
  switch (job.kind) {
    case 'advance-batch': {
      const outcome = await countingFailures(unitOfWork, job, () =>
        useCases.advanceBatch.execute(job.tenant, job.batchId, stop),
      );
      log({ event: 'worker.batch', batchId: job.batchId, outcome });
      return;
    }
    case 'plan-batches': {
      const planned = await useCases.sendWhenDue.execute(job.tenant);
      if (planned.ok && planned.value.length > 0) {
        log({ event: 'worker.planned', tenant: job.tenant, batches: planned.value.map(({ id }) => id) });
      }
      return;
    }
    case 'track-interactive': {
      const unresolved = await useCases.trackInteractive.execute(job.tenant, stop);
      log({ event: 'worker.interactive', tenant: job.tenant, unresolved });
      return;
    }
    case 'correct-technically': {
      const corrected = await useCases.correctTechnically.execute(job.tenant, stop);
      log({ event: 'worker.corrections', tenant: job.tenant, ...corrected });
      return;
    }
    case 'recalculate-deadlines': {
      const changed = await useCases.recalculateDeadlines.execute(job.tenant, stop);
      metrics.deadlinesMoved(changed);
      log({ event: 'worker.deadlines', tenant: job.tenant, changed });
      return;
    }
  }
}

/** A batch that fails again and again in a way nobody expected comes before a person (reliability R10). */
async function countingFailures<T>(
  unitOfWork: UnitOfWork,
  { tenant, batchId }: Extract<Job, { kind: 'advance-batch' }>,
  run: () => Promise<T>,
): Promise<T> {
  try {
    const outcome = await run();
    await unitOfWork.inTenant(tenant, ({ batchRuns }) => batchRuns.succeeded(batchId));
    return outcome;
  } catch (error) {
    await unitOfWork.inTenant(tenant, ({ batchRuns }) => batchRuns.failed(batchId));
    throw error;
  }
}
