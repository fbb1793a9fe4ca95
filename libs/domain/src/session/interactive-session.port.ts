import type { FormCode } from '../invoice/invoice-facts.js';
import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { Attempt } from '../shared/attempt.js';
import type { Instant } from '../shared/instant.js';
import type { KsefAccess } from './ksef-access.js';
import type { InvoiceReference, SessionReference } from './session-reference.js';

/** KSeF's definite no, with its code (domain rules 7.4). */
export interface KsefCallRefusal {
  readonly code: 'KSEF_REFUSED';
  readonly ksefCode?: number;
  readonly httpStatus: number;
  readonly description: string;
  /** With 429: no sooner than that. */
  readonly retryAfterSeconds?: number;
}

/** An open interactive session; its AES key lives in the adapter's memory only (docs/adr/0019). */
export interface InteractiveSession {
  readonly reference: SessionReference;
  /** KSeF closes it by itself then, twelve hours after it was opened. */
  readonly validUntil: Instant;
  /**
   * `unknown`: look for the hash among the session's invoices before anything else.
   *
   * @param hashOfCorrectedInvoice for a technical correction (korekta techniczna): the hash on the document that the
   * buyer holds. Only with `offlineMode`: KSeF refuses it on an online invoice (domain rules 1.8)
   */
  post(
    bytes: Uint8Array,
    hash: InvoiceHash,
    offlineMode: boolean,
    hashOfCorrectedInvoice?: InvoiceHash,
  ): Promise<Attempt<InvoiceReference, KsefCallRefusal>>;
  /** Closing starts the UPO. Safe to repeat; never throws: a session that stays open is closed by KSeF after 12 hours. */
  close(): Promise<void>;
  /** Destroys its key: nothing can be posted into it any more. It stays open at KSeF; closing it needs no key. */
  forget(): void;
}

/** Sends single invoices (sesja interaktywna). */
export interface InteractiveSessions {
  /**
   * Logs in and opens a session. Anything but `done` means that KSeF got no invoice.
   * @throws KsefLoginError
   */
  open(access: KsefAccess, formCode: FormCode): Promise<Attempt<InteractiveSession, KsefCallRefusal>>;
  /**
   * Closes a session whose opener died. Done too when it is closed already.
   * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError
   */
  close(access: KsefAccess, session: SessionReference): Promise<void>;
}
