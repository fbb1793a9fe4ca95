import type { Instant } from '../shared/instant.js';
import type { BatchId } from './batch.js';

/** Why a batch carries what another one carried. */
export interface Lineage {
  readonly previous: BatchId;
  readonly cause: 'session-failed' | 'second-delivery';
  /** What ended the batches before it, the oldest first: final codes of sessions, or KSeF's no to opening one. */
  readonly codes: readonly number[];
}

/** How many invoices KSeF says a session has; what it does not say is absent. */
export interface SessionCounters {
  readonly invoices?: number;
  readonly successful?: number;
  readonly failed?: number;
}

/** How far the answers of a finished session were read (reliability C32, C33). */
export interface Reconciliation {
  /** As KSeF told them with the final code. */
  readonly counters: SessionCounters;
  readonly since: Instant;
  /** `listing`: its invoices are being read, page by page; `settling`: all were read, and the rest follows from them. */
  readonly phase: 'listing' | 'settling';
  /** Where the reading goes on; absent at its beginning. */
  readonly continuationToken?: string;
  /** Complete readings of the list. */
  readonly listings: number;
}
