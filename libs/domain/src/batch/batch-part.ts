import type { Instant } from '../shared/instant.js';
import type { BatchLease } from './batch-repository.port.js';
import type { BatchId, Part } from './batch.js';

interface Declared extends Part {
  /** Times it was put on its way. */
  readonly attempts: number;
}

/** Never put on its way. */
export type PendingPart = Declared & { readonly state: 'pending' };
/** On its way now, or the worker that sent it died. */
export type SendingPart = Declared & { readonly state: 'sending'; readonly sentAt: Instant };
/** It may have arrived; sending the same bytes to the same address once more is safe (reliability C17). */
export type UnknownPart = Declared & {
  readonly state: 'unknown';
  readonly sentAt: Instant;
  readonly lastError: string;
};
export type UploadedPart = Declared & {
  readonly state: 'uploaded';
  readonly sentAt: Instant;
  readonly uploadedAt: Instant;
};
/** KSeF's storage will not take it: the session comes to nothing. */
export type RefusedPart = Declared & {
  readonly state: 'refused';
  readonly sentAt: Instant;
  readonly lastError: string;
};

/** A part of a package with how far its upload is. Sizes and hashes never change. */
export type BatchPart = PendingPart | SendingPart | UnknownPart | UploadedPart | RefusedPart;
export type BatchPartState = BatchPart['state'];

/** The whole lifecycle. A test holds the functions below, and the database, to this table. */
export const BATCH_PART_TRANSITIONS = {
  pending: ['sending'],
  sending: ['uploaded', 'unknown', 'refused'],
  unknown: ['sending'],
  uploaded: [],
  refused: [],
} as const satisfies Record<BatchPartState, readonly BatchPartState[]>;

/** As declared to KSeF. */
export function pendingPart({ ordinal, sizeBytes, sha256 }: Part): PendingPart {
  return { ordinal, sizeBytes, sha256, attempts: 0, state: 'pending' };
}

/** Intent to send, stored before the call (reliability R1). */
export function beginSendingPart(part: PendingPart | UnknownPart, sentAt: Instant): SendingPart {
  const { ordinal, sizeBytes, sha256, attempts } = part;
  return { ordinal, sizeBytes, sha256, attempts: attempts + 1, state: 'sending', sentAt };
}

export function partArrived(part: SendingPart, uploadedAt: Instant): UploadedPart {
  return { ...part, state: 'uploaded', uploadedAt };
}

/** @param lastError without the address, which is a secret */
export function partUnknown(part: SendingPart, lastError: string): UnknownPart {
  return { ...part, state: 'unknown', lastError };
}

/** @param lastError without the address, which is a secret */
export function partRefused(part: SendingPart, lastError: string): RefusedPart {
  return { ...part, state: 'refused', lastError };
}

/** The parts of one tenant's batches, a row each. */
export interface BatchParts {
  /** In their order; empty while the batch was not packed. Kept when the batch has ended. */
  of(batchId: BatchId): Promise<readonly BatchPart[]>;
  /**
   * Stores the parts of a package as pending, in place of those of an earlier package, none of which was ever sent.
   * @throws StaleLeaseError when the lease was lost
   */
  declare(lease: BatchLease, parts: readonly Part[]): Promise<void>;
  /**
   * Stores the next state of one part.
   * @throws StaleLeaseError when the lease was lost
   */
  save(lease: BatchLease, part: BatchPart): Promise<void>;
}
