import type { InvoiceId } from '../invoice/invoice.js';
import type { UpoDocument, UpoEntry } from '../session/session-reader.port.js';
import type { SessionReference, UpoReference } from '../session/session-reference.js';
import type { UpoSignature } from '../session/upo-verifier.port.js';

/** A proof as it is stored: the invoice's own UPO, or the page of its session that names it among others. */
export interface StoredProof {
  readonly kind: 'own' | 'page';
  readonly bytes: Uint8Array;
  readonly signature: UpoSignature;
}

/** An invoice that a page of a collective UPO proves. */
export interface ProvenInvoice {
  readonly id: InvoiceId;
  readonly ksefNumber: string;
}

/** UPO documents of one tenant, byte for byte, written once. */
export interface UpoDocuments {
  /** Stores a page of the collective UPO of a session; without effect when it is stored. */
  addPage(session: SessionReference, page: UpoReference, upo: UpoDocument): Promise<void>;
  /**
   * Completes the accepted invoices that these entries of a stored page name by number and hash, in one statement.
   * @returns those it completed
   */
  completeByPage(
    session: SessionReference,
    page: UpoReference,
    entries: readonly UpoEntry[],
  ): Promise<readonly ProvenInvoice[]>;
  /** The invoice's own UPO where it is stored, else the page that names it. */
  proofOf(id: InvoiceId): Promise<StoredProof | undefined>;
}

/** A UPO that nobody looked at. */
export const UNCHECKED: UpoSignature = { verdict: 'not-checked', reason: 'no-trust-configured' };
