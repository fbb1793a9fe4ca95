import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import type { InvoiceStatusCode } from '../invoice/ksef-invoice-status.js';
import type { Instant } from '../shared/instant.js';
import type { KsefAccess } from './ksef-access.js';
import type { InvoiceReference, SessionReference, UpoReference } from './session-reference.js';

/** Status of a session as KSeF tells it (domain rules 7.1 and 7.2). */
export interface SessionStatus {
  readonly code: number;
  readonly description: string;
  readonly details: readonly string[];
  readonly invoiceCount?: number;
  readonly successfulInvoiceCount?: number;
  readonly failedInvoiceCount?: number;
  readonly upoPages: readonly { readonly reference: UpoReference; readonly downloadUrl: string }[];
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
}

/** A UPO document, byte for byte. The adapter has compared it with KSeF's `x-ms-meta-hash` header where one came. */
export interface UpoDocument {
  readonly bytes: Uint8Array;
  readonly entries: readonly UpoEntry[];
}

/**
 * Reads from KSeF: how unknown outcomes are resolved. All methods may be repeated freely.
 * Every method throws KsefUnreachableError, KsefThrottledError or KsefLoginError when there is no answer.
 */
export interface SessionReader {
  /** `undefined` when KSeF knows no such session. */
  status(access: KsefAccess, session: SessionReference): Promise<SessionStatus | undefined>;
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
}
