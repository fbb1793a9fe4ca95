import type { SessionReference } from '../session/session-reference.js';
import type { TenantId } from '../tenant/tenant.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Batch, BatchId, BatchState, PlannedBatch } from './batch.js';

/** A claim on a batch: writes with an outdated fence change nothing and throw (invariant I6). */
export interface BatchLease {
  readonly batchId: BatchId;
  readonly fence: bigint;
}

/** Only batches of these states, of this context; what is left out does not matter. */
export interface BatchFilter {
  readonly states?: readonly BatchState[];
  readonly context?: ContextIdentifier;
}

/** The batches of one tenant. */
export interface BatchRepository {
  add(batch: PlannedBatch): Promise<void>;
  find(id: BatchId): Promise<Batch | undefined>;
  findBySession(reference: SessionReference): Promise<Batch | undefined>;
  /** Newest first. @param after id of the last batch of the page before */
  list(limit: number, after?: BatchId, filter?: BatchFilter): Promise<readonly Batch[]>;
  /**
   * Takes the batch for one worker; the database's clock decides. `undefined` while another holds it.
   * @param leaseSeconds longer than the longest step
   */
  lease(id: BatchId, owner: string, leaseSeconds: number): Promise<BatchLease | undefined>;
  /**
   * @param lease of the worker that saves
   * @param nextActionInSeconds when the sweeper shall wake it again; `undefined` for an ended batch
   * @throws StaleLeaseError when the lease was lost, ConcurrentUpdateError when the version moved on
   */
  save(batch: Batch, lease: BatchLease, nextActionInSeconds: number | undefined): Promise<void>;
  /** Keeps the claim for so long from now. @throws StaleLeaseError when the lease was lost */
  renew(lease: BatchLease, leaseSeconds: number): Promise<void>;
  /** Only moves the next action. @throws StaleLeaseError when the lease was lost */
  postpone(lease: BatchLease, nextActionInSeconds: number): Promise<void>;
  /** Gives it back early; without effect when the lease was lost. */
  release(lease: BatchLease): Promise<void>;
}

export class StaleLeaseError extends Error {
  override readonly name = 'StaleLeaseError';
}

export class ConcurrentUpdateError extends Error {
  override readonly name = 'ConcurrentUpdateError';
}

/** A batch somewhere that wants attention. */
export interface DueBatch {
  readonly tenant: TenantId;
  readonly batchId: BatchId;
  /** A worker died in its last run: it is run alone, so that no other batch is blamed for it. */
  readonly suspect?: boolean;
}
