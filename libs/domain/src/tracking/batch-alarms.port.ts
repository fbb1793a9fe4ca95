import type { BatchId } from '../batch/batch.js';
import type { Instant } from '../shared/instant.js';

/**
 * What people are told about a batch, once each:
 * - `unclosed-1h`, `unclosed-4h`: its session has been open so long and is not closed; KSeF cancels it after 12 h (C25);
 * - `processing-1h`, `processing-4h`: KSeF has been processing it so long (C26);
 * - `counts`: KSeF's list of the session and ours do not agree (C33);
 * - `no-upo`: proofs of accepted invoices stay away, or do not pass;
 * - `second-delivery-due`: a deadline is near and KSeF says nothing final: two persons may allow a second delivery (C40);
 * - `disputed`: a person has to settle it.
 */
export type BatchAlarmKind =
  | 'unclosed-1h'
  | 'unclosed-4h'
  | 'processing-1h'
  | 'processing-4h'
  | 'counts'
  | 'no-upo'
  | 'second-delivery-due'
  | 'disputed';

export interface BatchAlarm {
  readonly kind: BatchAlarmKind;
  readonly raisedAt: Instant;
  /** For a person. */
  readonly detail: string;
}

/** The alarms of one tenant's batches. */
export interface BatchAlarms {
  /** @returns whether it is new: each kind is raised once for a batch */
  raise(batchId: BatchId, alarm: BatchAlarm): Promise<boolean>;
  /** Oldest first. */
  of(batchId: BatchId): Promise<readonly BatchAlarm[]>;
}
