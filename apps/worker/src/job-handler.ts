import type { Job, StopSignal, TenantId } from '@latarnik/domain';
import type { Log, UseCases } from '@latarnik/composition';
import type { WorkerMetrics } from './metrics.js';

export interface JobContext {
  readonly useCases: UseCases;
  /** Whether a tenant's oldest waiting invoice has waited for company as long as it should. */
  readonly hasWaitedEnough: (tenant: TenantId) => Promise<boolean>;
  readonly metrics: WorkerMetrics;
  readonly log: Log;
}

/**
 * Does one job. Jobs are hints and may come twice or to two workers at once: each use case finds out from the rows
 * what there is to do. Only a throw (transport, a lost race) is tried again by the queue.
 */
export async function handleJob(
  { useCases, hasWaitedEnough, metrics, log }: JobContext,
  job: Job,
  stop: StopSignal,
): Promise<void> {
  switch (job.kind) {
    case 'advance-batch': {
      const outcome = await useCases.advanceBatch.execute(job.tenant, job.batchId, stop);
      log({ event: 'worker.batch', batchId: job.batchId, outcome });
      return;
    }
    case 'plan-batches': {
      if (!(await hasWaitedEnough(job.tenant))) return;
      const planned = await useCases.planBatches.whenSendable(job.tenant);
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
    case 'recalculate-deadlines': {
      const changed = await useCases.recalculateDeadlines.execute(job.tenant, stop);
      metrics.deadlinesMoved(changed);
      log({ event: 'worker.deadlines', tenant: job.tenant, changed });
      return;
    }
  }
}
