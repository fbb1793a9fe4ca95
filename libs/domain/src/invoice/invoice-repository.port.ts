import type { BatchId } from '../batch/batch.js';
import type { DueTerm } from '../deadline/due-term.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { Result } from '../shared/result.js';
import type { FormCode, InvoiceKind } from './invoice-facts.js';
import type { InvoiceHash } from './invoice-hash.js';
import type { DisplayStatus, Invoice, InvoiceId, InvoiceState, IssuedInvoice, ReceivedInvoice } from './invoice.js';
import type { IssuingMode } from './issuing-mode.js';

/** The seller already has a live invoice of this kind and number (KSeF's own rule for duplicates). */
export interface NumberTaken {
  readonly code: 'INVOICE_NUMBER_TAKEN';
  readonly invoiceId: InvoiceId;
}

/** An invoice with its term as last derived; absent for those sent online on their day. */
export interface StoredInvoice {
  readonly invoice: Invoice;
  readonly term?: DueTerm;
}

export interface InvoiceFilter {
  readonly status?: DisplayStatus;
  readonly mode?: IssuingMode;
  readonly context?: ContextIdentifier;
  readonly number?: string;
  /** Deadline ends before this moment. */
  readonly dueBefore?: Instant;
}

/** The invoices of one tenant. The bytes of a document are written once, with the invoice, and never changed. */
export interface InvoiceRepository {
  /** Stores the invoice, at the version it carries, with its bytes. The database checks that their SHA-256 is the invoice's hash. */
  add(invoice: ReceivedInvoice | IssuedInvoice, bytes: Uint8Array): Promise<Result<void, NumberTaken>>;
  find(id: InvoiceId): Promise<StoredInvoice | undefined>;
  /** The live invoice with this seller, kind and number. */
  findByNumber(sellerNip: string, kind: InvoiceKind, number: string): Promise<Invoice | undefined>;
  /** Stores version + 1. @throws ConcurrentUpdateError when the version moved on; the database refuses moves outside INVOICE_TRANSITIONS */
  save(invoice: Invoice): Promise<void>;
  /** The same for many, in a few statements. */
  saveAll(invoices: readonly Invoice[]): Promise<void>;
  saveTerm(id: InvoiceId, term: DueTerm): Promise<void>;
  /** Newest first. @param after id of the last invoice of the page before */
  list(filter: InvoiceFilter, limit: number, after?: InvoiceId): Promise<readonly StoredInvoice[]>;

  /**
   * Invoices in state `issued` of one context and schema that are to be sent (total failure lifts that), earliest deadline first, locked until the transaction ends:
   * one planner of a context at a time, the next one waits. Those with a later `notBefore` are passed over, unless they
   * are named in `only`.
   */
  lockAwaiting(
    context: ContextIdentifier,
    formCode: FormCode,
    limit: { readonly invoices: number; readonly bytes: number },
    only?: readonly InvoiceId[],
  ): Promise<readonly IssuedInvoice[]>;
  /** All invoices of a batch, by id. */
  inBatch(batchId: BatchId, states?: readonly InvoiceState[]): Promise<readonly Invoice[]>;
  /**
   * What an interactive session still owes an answer on, and whose time has come: deliveries in state `in-session` or
   * `accepted` by that channel, and rows left in `received`; those that have waited longest for a look first.
   */
  unresolvedInteractive(limit: number): Promise<readonly Invoice[]>;
  /** Looks at an interactive delivery again in so many seconds; others get their turn meanwhile. */
  postponeTracking(id: InvoiceId, seconds: number): Promise<void>;

  bytes(id: InvoiceId): Promise<Uint8Array | undefined>;
  /** Bytes of a batch's invoices ordered by id, a page at a time: constant memory. */
  documentsOfBatch(
    batchId: BatchId,
    limit: number,
    after?: InvoiceId,
  ): Promise<readonly { readonly id: InvoiceId; readonly hash: InvoiceHash; readonly bytes: Uint8Array }[]>;
  addEvidence(id: InvoiceId, xades: Uint8Array): Promise<void>;
  evidence(id: InvoiceId): Promise<Uint8Array | undefined>;
  addUpo(id: InvoiceId, upo: Uint8Array): Promise<void>;
  upo(id: InvoiceId): Promise<Uint8Array | undefined>;
}
