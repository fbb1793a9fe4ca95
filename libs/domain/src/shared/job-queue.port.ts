import type { BatchId } from '../batch/batch.js';
import type { TenantId } from '../tenant/tenant.js';

/** Work for a worker. A hint: the row is the truth, and a sweeper finds what a lost job left behind. Ids only. */
export type Job =
  | { readonly kind: 'advance-batch'; readonly tenant: TenantId; readonly batchId: BatchId }
  | { readonly kind: 'track-interactive'; readonly tenant: TenantId }
  | { readonly kind: 'plan-batches'; readonly tenant: TenantId }
  | { readonly kind: 'correct-technically'; readonly tenant: TenantId }
  | { readonly kind: 'recalculate-deadlines'; readonly tenant: TenantId };

export interface JobQueue {
  /** Becomes visible when the surrounding transaction commits. */
  enqueue(job: Job, afterSeconds?: number): Promise<void>;
}
