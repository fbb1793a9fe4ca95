import type { Instant } from '../shared/instant.js';
import type { BatchId } from './batch.js';

/** Runs begun and never ended, after which a person looks: a worker died in each of them (reliability X6). */
export const MOST_UNFINISHED_RUNS = 5;
/** Runs in a row that ended with an error nobody expected, after which a person looks. */
export const MOST_FAILED_RUNS = 20;

/** Who works on a batch, and when somebody will. */
export interface BatchStanding {
  /** Absent once it has ended. */
  readonly nextActionAt?: Instant;
  /** A worker has it in hand until then, or longer. */
  readonly leasedUntil?: Instant;
  readonly unfinishedRuns: number;
  readonly failedRuns: number;
  /** Since when it waits for a person. */
  readonly heldAt?: Instant;
  readonly updatedAt: Instant;
}

/**
 * What came of the runs of one tenant's batches. Beside the lifecycle, as the lease is: a run is counted as unfinished in
 * the transaction that leases the batch, before anything is done, and no longer when the lease is given back.
 */
export interface BatchRuns {
  standing(id: BatchId): Promise<BatchStanding | undefined>;
  /** The run ended with an error nobody expected. */
  failed(id: BatchId): Promise<void>;
  succeeded(id: BatchId): Promise<void>;
  /** Nobody works on it any more until a person says so. @returns false when it is held, has ended, or is in hand */
  hold(id: BatchId): Promise<boolean>;
  /** A person looked: it is due at once, with a fresh count. @returns false when it is not held */
  resume(id: BatchId): Promise<boolean>;
}
