import type { InvoiceFacts, InvoiceKind } from '../invoice/invoice-facts.js';
import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import type { InvoiceStatusCode } from '../invoice/ksef-invoice-status.js';
import type { Instant } from '../shared/instant.js';
import { KsefUnreachableError, type KsefAccess } from './ksef-access.js';
import type { InvoiceReference, SessionReference, UpoReference } from './session-reference.js';
import type { UpoSignature } from './upo-verifier.port.js';

/** KSeF no longer knows the place in a list (21418): read it from its beginning. */
export class ContinuationLostError extends KsefUnreachableError {}

/** Where a page of the collective UPO of a session is. */
export interface UpoPage {
  readonly reference: UpoReference;
  /** Short-lived, made anew with every answer. A secret. */
  readonly downloadUrl: string;
}

/** An invoice that KSeF has, found by its number. */
export interface InvoiceInKsef {
  readonly ksefNumber: string;
  readonly hash: InvoiceHash;
  readonly invoicingDate: Instant;
  /** `other`: none of FA(3). Absent where KSeF does not tell. */
  readonly kind?: InvoiceKind | 'other';
}

/** A session of the context, as KSeF lists it. */
export interface ListedSession {
  readonly reference: SessionReference;
  readonly kind: 'batch' | 'interactive';
  readonly code: number;
  readonly createdAt: Instant;
  readonly invoiceCount: number;
}

/** Status of a session as KSeF tells it (domain rules 7.1 and 7.2). */
export interface SessionStatus {
  readonly code: number;
  readonly description: string;
  readonly details: readonly string[];
  readonly invoiceCount?: number;
  readonly successfulInvoiceCount?: number;
  readonly failedInvoiceCount?: number;
  /** Present once the session is closed and its collective UPO was made. */
  readonly upoPages: readonly UpoPage[];
}

/** One row of a session. Matched to ours by hash, never by its position or file name. */
export interface SessionInvoice {
  readonly reference: InvoiceReference;
  readonly hash: InvoiceHash;
  readonly code: InvoiceStatusCode;
  readonly description: string;
  readonly details: readonly string[];
  /** As KSeF gave it; parsed and checked before it is believed. */
  readonly ksefNumber?: string;
  readonly invoicingDate: Instant;
  readonly acquisitionDate?: Instant;
  /** Address of its UPO, without token and without limits; made anew with every answer and short-lived. A secret. */
  readonly upoDownloadUrl?: string;
  /** What KSeF calls it: by its declaration and by the day it came (domain rules 1.9). */
  readonly invoicingMode?: 'online' | 'offline';
  /** With status 440: the number of the invoice that is already there. */
  readonly originalKsefNumber?: string;
  /** With status 440: the session of that invoice; KSeF is known to name a wrong one. */
  readonly originalSession?: SessionReference;
}

export interface SessionInvoicePage {
  readonly invoices: readonly SessionInvoice[];
  /** Present while there are more. */
  readonly continuationToken?: string;
}

/** One document that a UPO confirms, as read from its XML. */
export interface UpoEntry {
  readonly ksefNumber: string;
  /** SkrotDokumentu. */
  readonly hash: InvoiceHash;
  /** DataPrzeslaniaDokumentu: KSeF accepted it for processing. Absent where the document does not tell a moment. */
  readonly sentAt?: Instant;
  /** DataNadaniaNumeruKSeF; likewise. */
  readonly numberedAt?: Instant;
}

/** A UPO document, byte for byte. The adapter has compared it with KSeF's `x-ms-meta-hash` header where one came. */
export interface UpoDocument {
  readonly bytes: Uint8Array;
  readonly entries: readonly UpoEntry[];
  /** Absent where nobody looked at it. */
  readonly signature?: UpoSignature;
}

/**
 * Reads from KSeF: how unknown outcomes are resolved. All methods may be repeated freely.
 * Every method throws KsefUnreachableError, KsefThrottledError or KsefLoginError when there is no answer.
 */
export interface SessionReader {
  /** `undefined` when KSeF knows no such session. */
  status(access: KsefAccess, session: SessionReference): Promise<SessionStatus | undefined>;
  /** One page of its invoices. @throws ContinuationLostError when KSeF does not take the token any more */
  invoices(access: KsefAccess, session: SessionReference, continuationToken?: string): Promise<SessionInvoicePage>;
  /** One invoice of a session; `undefined` when KSeF knows none. */
  invoice(
    access: KsefAccess,
    session: SessionReference,
    invoice: InvoiceReference,
  ): Promise<SessionInvoice | undefined>;
  /**
   * UPO of one accepted invoice: from its download address where it has one, else by its KSeF number in that session;
   * `undefined` while it is not ready, or when the session does not hold that number.
   */
  upo(
    access: KsefAccess,
    session: SessionReference,
    invoice: { readonly ksefNumber: KsefNumber; readonly upoDownloadUrl?: string },
  ): Promise<UpoDocument | undefined>;
  /** SHA-256 of an invoice in KSeF, by its number; `undefined` when it may not be read or is not there. */
  hashOf(access: KsefAccess, ksefNumber: string): Promise<InvoiceHash | undefined>;
  /** A page of the collective UPO of a session: up to 10,000 invoices; `undefined` while it is not ready. */
  upoPage(access: KsefAccess, session: SessionReference, page: UpoPage): Promise<UpoDocument | undefined>;
  /**
   * The invoices in KSeF with this seller, number and P_1, of any kind; KSeF allows 20 such questions an hour in a context.
   * @param invoice `issueDate` within three months is the period KSeF looks through
   */
  findByNumber(
    access: KsefAccess,
    invoice: Pick<InvoiceFacts, 'sellerNip' | 'number' | 'issueDate'>,
  ): Promise<readonly InvoiceInKsef[]>;
  /** Sessions of the context opened in a period, newest first; KSeF allows 60 such questions an hour. */
  sessionsOpened(
    access: KsefAccess,
    kind: ListedSession['kind'],
    from: Instant,
    to: Instant,
  ): Promise<readonly ListedSession[]>;
}
