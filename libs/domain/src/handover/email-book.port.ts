import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { InvoiceId } from '../invoice/invoice.js';
import type { Instant } from '../shared/instant.js';
import type { EventSequence } from '../event/public-event.js';
import type { Email, EmailFailure, EmailId, PendingEmail, SentFile } from './email.js';

/** An e-mail that this worker may handle until its lease ends. */
export interface ClaimedEmail {
  readonly email: Email;
  /** What is written under an older one changes nothing. */
  readonly fence: bigint;
}

/** How a handled e-mail goes on. */
export type EmailEnd =
  | { readonly state: 'delivered'; readonly at: Instant }
  | { readonly state: 'unknown' | 'failed'; readonly failure: EmailFailure }
  | { readonly state: 'withdrawn'; readonly reason: string }
  | { readonly state: 'pending'; readonly afterSeconds: number; readonly failure: EmailFailure };

/** A person's word on an e-mail. */
export type EmailSettlement =
  | { readonly state: 'delivered'; readonly at: Instant }
  | { readonly state: 'failed'; readonly failure: EmailFailure }
  | { readonly state: 'pending' };

/** The e-mails to buyers of one tenant. */
export interface EmailBook {
  /** @param claim of a caller who asks for it; absent for automatic ones @returns false when the key is taken */
  add(email: PendingEmail, claim?: IdempotencyClaim): Promise<boolean>;
  findByKey(key: string): Promise<{ readonly email: Email; readonly fingerprint: string } | undefined>;
  find(id: EmailId): Promise<Email | undefined>;
  /** The oldest first. */
  of(id: InvoiceId): Promise<readonly Email[]>;
  /** Takes due ones, and those that a worker prepared and never ended: nothing of them has left. */
  claim(by: { readonly owner: string; readonly leaseSeconds: number }, limit: number): Promise<readonly ClaimedEmail[]>;
  /** Stored before the call: from now on it may have left. @returns false when the lease was lost: do not send */
  begin(claimed: ClaimedEmail, file: SentFile): Promise<boolean>;
  /** @returns false when the lease was lost: somebody else tells how it ends */
  end(claimed: ClaimedEmail, end: EmailEnd): Promise<boolean>;
  /** Those that were being sent when their worker was lost become `unknown`. @returns them */
  surrender(failure: EmailFailure): Promise<readonly Email[]>;
  /** @throws ConcurrentUpdateError when the e-mail moved on */
  settle(email: Email, settlement: EmailSettlement): Promise<void>;
  /** Up to which event automatic e-mails were decided; locked until the transaction ends. `undefined` before the first. */
  lockDecided(): Promise<EventSequence | undefined>;
  decided(upTo: EventSequence): Promise<void>;
}
