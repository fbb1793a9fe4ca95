import type { Job, TenantId, UnitOfWork } from '@latarnik/domain';

/** Due batches taken up in one sweep. */
const BATCHES_AT_A_TIME = 20;

/**
 * Finds work by the rows alone, so that nothing depends on the queue: due batches, invoices that have waited long
 * enough to be planned, online invoices without an answer (reliability R7).
 *
 * @param waiting tenants with invoices to plan (see `tenantsWaiting`)
 */
export async function findWork(unitOfWork: UnitOfWork, waiting: readonly TenantId[]): Promise<readonly Job[]> {
  return unitOfWork.inSystem(async (stores) => {
    const due = await stores.dueBatches(BATCHES_AT_A_TIME);
    const interactive = await stores.tenants.withUnresolvedInteractive();
    return [
      ...due.map((batch): Job => ({ kind: 'advance-batch', ...batch })),
      ...waiting.map((tenant): Job => ({ kind: 'plan-batches', tenant })),
      ...interactive.map((tenant): Job => ({ kind: 'track-interactive', tenant })),
    ];
  });
}

/** Tenants whose oldest waiting invoice has waited for others to share its batch for at least so long. */
export async function tenantsWaiting(unitOfWork: UnitOfWork, lingerSeconds: number): Promise<readonly TenantId[]> {
  const awaiting = await unitOfWork.inSystem((stores) => stores.tenants.withAwaiting());
  return awaiting.filter(({ oldestSeconds }) => oldestSeconds >= lingerSeconds).map(({ tenant }) => tenant);
}
