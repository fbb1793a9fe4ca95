import type { DueBatch, Job, TenantId, UnitOfWork } from '@latarnik/domain';

/** Due batches looked at in one sweep; a worker takes up as many as it has lanes, and the next sweep looks again. */
const BATCHES_AT_A_TIME = 40;

export interface FoundWork {
  /** One of each tenant in turn. */
  readonly batches: readonly DueBatch[];
  /** What is soon done. */
  readonly jobs: readonly Job[];
}

/**
 * Finds work by the rows alone, so that nothing depends on the queue: due batches, invoices whose time to be planned has
 * come, online invoices without an answer (reliability R7).
 *
 * @param waiting tenants with invoices to plan
 */
export async function findWork(unitOfWork: UnitOfWork, waiting: readonly TenantId[]): Promise<FoundWork> {
  return unitOfWork.inSystem(async (stores) => {
    const batches = await stores.dueBatches(BATCHES_AT_A_TIME);
    const interactive = await stores.tenants.withUnresolvedInteractive();
    const corrections = await stores.tenants.withCorrections();
    const jobs = [
      ...waiting.map((tenant): Job => ({ kind: 'plan-batches', tenant })),
      ...interactive.map((tenant): Job => ({ kind: 'track-interactive', tenant })),
      ...corrections.map((tenant): Job => ({ kind: 'correct-technically', tenant })),
    ];
    return { batches, jobs };
  });
}
