import type { BatchId } from '../batch/batch.js';
import type { SessionReference } from '../session/session-reference.js';
import type { Instant } from '../shared/instant.js';

/** Calls with an effect at KSeF that are recorded one by one; uploads have their parts (batch-part.ts). */
export type RecordedCall = 'open' | 'close';

interface Made {
  readonly id: string;
  readonly batchId: BatchId;
  readonly call: RecordedCall;
  readonly at: Instant;
  /** Of the lease under which it was made. */
  readonly fence: bigint;
}

/** The call is about to be made, or under way; or its worker died. */
export type PendingCall = Made & { readonly state: 'pending' };
export type DoneCall = Made & { readonly state: 'done'; readonly endedAt: Instant; readonly session: SessionReference };
export type FailedCall = Made & { readonly state: 'failed'; readonly endedAt: Instant; readonly cause: string };
/** It may or may not have had its effect (reliability R2). */
export type UnknownCall = Made & { readonly state: 'unknown'; readonly endedAt: Instant; readonly cause: string };
/** What reading told of an unknown call (reliability R3). */
export type ResolvedCall = Made & {
  readonly state: 'resolved';
  readonly endedAt: Instant;
  readonly cause: string;
  /** How it was resolved, in a sentence. */
  readonly resolution: string;
  /** Sessions it left behind at KSeF, in which nothing is. */
  readonly orphans: readonly SessionReference[];
};

/** One attempt at a call: stored before it is made (reliability R1), and settled by what became of it. */
export type CallAttempt = PendingCall | DoneCall | FailedCall | UnknownCall | ResolvedCall;
export type CallAttemptState = CallAttempt['state'];

/** The whole lifecycle. A test holds the functions below, and the database, to this table. */
export const CALL_ATTEMPT_TRANSITIONS = {
  pending: ['done', 'failed', 'unknown'],
  done: [],
  failed: [],
  unknown: ['resolved'],
  resolved: [],
} as const satisfies Record<CallAttemptState, readonly CallAttemptState[]>;

const madeOf = ({ id, batchId, call, at, fence }: Made): Made => ({ id, batchId, call, at, fence });

export const callDone = (attempt: PendingCall, session: SessionReference, endedAt: Instant): DoneCall => ({
  ...madeOf(attempt),
  state: 'done',
  session,
  endedAt,
});

export const callFailed = (attempt: PendingCall, cause: string, endedAt: Instant): FailedCall => ({
  ...madeOf(attempt),
  state: 'failed',
  cause,
  endedAt,
});

export const callUnknown = (attempt: PendingCall, cause: string, endedAt: Instant): UnknownCall => ({
  ...madeOf(attempt),
  state: 'unknown',
  cause,
  endedAt,
});

export const callResolved = (
  attempt: UnknownCall,
  resolution: string,
  orphans: readonly SessionReference[] = [],
): ResolvedCall => ({ ...attempt, state: 'resolved', resolution, orphans });

/** The attempts of one tenant; never deleted. */
export interface CallAttempts {
  begin(attempt: PendingCall): Promise<void>;
  /** @throws when the move is not in the table */
  settle(attempt: Exclude<CallAttempt, PendingCall>): Promise<void>;
  /** Oldest first. */
  ofBatch(batchId: BatchId): Promise<readonly CallAttempt[]>;
  /** Which of these sessions are known: of a batch, of an invoice, or recorded as left behind. */
  knownSessions(sessions: readonly SessionReference[]): Promise<readonly SessionReference[]>;
}
