import type { BatchId } from '../batch/batch.js';
import type { Instant } from '../shared/instant.js';

/**
 * What people are told about a batch, once each:
 * - `unclosed-1h`, `unclosed-4h`: its session has been open so long and is not closed; KSeF cancels it after 12 h (C25);
 * - `processing-1h`, `processing-4h`: KSeF has been processing it so long (C26);
 * - `counts`: KSeF's list of the session and ours do not agree (C33);
 * - `no-upo`: proofs of accepted invoices stay away, or do not pass;
 * - `second-delivery-due`: a deadline is near and KSeF says nothing final: two persons may allow a second delivery (C40);
 * - `disputed`: a person has to settle it;
 * - `session-unknown`: KSeF has not known its session for an hour; its invoices are looked for one by one later (C22);
 * - `uploads-unknown`: its uploads are over and a part may have arrived or not: KSeF's final word is awaited (C18);
 * - `upload-host`: KSeF's answer named an upload address on a host that is not KSeF's: nothing was sent there (C16);
 * - `access-refused`: KSeF answered 403: a right is missing, and nothing mends that but a person (C11);
 * - `login`: KSeF takes no login, or there is no certificate for one (C11a);
 * - `open-exhausted`: no session opened in many attempts; its invoices wait for the next plan.
 */
export type BatchAlarmKind =
  | 'unclosed-1h'
  | 'unclosed-4h'
  | 'processing-1h'
  | 'processing-4h'
  | 'counts'
  | 'no-upo'
  | 'second-delivery-due'
  | 'disputed'
  | 'session-unknown'
  | 'uploads-unknown'
  | 'upload-host'
  | 'access-refused'
  | 'login'
  | 'open-exhausted';

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
