import type { FormCode } from '../invoice/invoice-facts.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { SessionReference } from './session-reference.js';

/**
 * An interactive session that a process shares among its invoices, as stored: who may still post into it, and who has to
 * close it.
 *
 * - `open`: its opener posts into it;
 * - `closing`: nobody posts into it any more, and it is to be closed at KSeF;
 * - `closed`: KSeF closed it;
 * - `lost`: its time ended, or KSeF does not know it, before anybody saw it closed.
 */
export type SharedSessionState = 'open' | 'closing' | 'closed' | 'lost';

/** The whole lifecycle. A test holds the session book, and the database, to this table. */
export const SHARED_SESSION_TRANSITIONS = {
  open: ['closing'],
  closing: ['closed', 'lost'],
  closed: [],
  lost: [],
} as const satisfies Record<SharedSessionState, readonly SharedSessionState[]>;

export interface SharedSessionRecord {
  readonly reference: SessionReference;
  readonly context: ContextIdentifier;
  readonly formCode: FormCode;
  readonly state: SharedSessionState;
  /** Name of the process that holds its key. */
  readonly opener: string;
  readonly openedAt: Instant;
  /** KSeF closes it by itself then. */
  readonly validUntil: Instant;
  /** Invoices whose posting was intended. */
  readonly invoicesPosted: number;
}

/** A session as it is when it was just opened. */
export type OpenedSharedSession = Omit<SharedSessionRecord, 'state' | 'invoicesPosted'>;

/**
 * The shared interactive sessions of one tenant. Closing times go by the clock of the database. It is the fence between
 * processes: who counted an invoice with `use` may post it, and after `beginClosing` nobody can.
 */
export interface SessionBook {
  /** @param idleSeconds after so long without an invoice anybody may close it */
  add(session: OpenedSharedSession, idleSeconds: number): Promise<void>;
  find(reference: SessionReference): Promise<SharedSessionRecord | undefined>;
  /**
   * Counts one more invoice, before it is posted, and puts off closing.
   * @returns false when nothing may be posted into it: it is no longer open, or has that many already
   */
  use(reference: SessionReference, mostInvoices: number, idleSeconds: number): Promise<boolean>;
  /** From here on nobody posts into it. @returns false when it was not open, or is not in the book */
  beginClosing(reference: SessionReference): Promise<boolean>;
  /** KSeF closed it, or it was lost. Nothing happens to one that is not being closed. */
  finish(reference: SessionReference, state: 'closed' | 'lost'): Promise<void>;
  /**
   * Sessions that have to be closed now: `open` ones that stayed idle (their opener may have died), which become
   * `closing`, and `closing` ones whose turn has come again. Nobody else gets them for so many seconds.
   */
  claimDue(limit: number, againInSeconds: number): Promise<readonly SharedSessionRecord[]>;
}
