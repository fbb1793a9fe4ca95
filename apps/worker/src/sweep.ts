import type { Job, UnitOfWork } from '@latarnik/domain';

/** Due batches taken up in one sweep. */
const BATCHES_AT_A_TIME = 20;

/**
 * Finds work by the rows alone, so that nothing depends on the queue: due batches, invoices that have waited long
 * enough to be planned, online invoices without an answer (reliability R7).
 *
 * @param lingerSeconds how long the oldest waiting invoice waits for others to share its batch
 */
export async function findWork(unitOfWork: UnitOfWork, lingerSeconds: number): Promise<readonly Job[]> {
  return unitOfWork.inSystem(async (stores) => {
    const due = await stores.dueBatches(BATCHES_AT_A_TIME);
    const awaiting = await stores.tenants.withAwaiting();
    const interactive = await stores.tenants.withUnresolvedInteractive();
    return [
      ...due.map((batch): Job => ({ kind: 'advance-batch', ...batch })),
      ...awaiting
        .filter(({ oldestSeconds }) => oldestSeconds >= lingerSeconds)
        .map(({ tenant }): Job => ({ kind: 'plan-batches', tenant })),
      ...interactive.map((tenant): Job => ({ kind: 'track-interactive', tenant })),
    ];
  });
}
