import type { BatchId, TenantStores } from '@latarnik/domain';
import type { BatchParts } from './batch.view.js';

/** A batch with everything that is shown of it but its invoices. */
export async function readBatch(
  { batches, batchRuns, batchParts, invoices }: TenantStores,
  id: BatchId,
): Promise<BatchParts | undefined> {
  const batch = await batches.find(id);
  const standing = await batchRuns.standing(id);
  if (batch === undefined || standing === undefined) return undefined;
  return { batch, standing, parts: await batchParts.of(id), states: await invoices.countByState(id) };
}
