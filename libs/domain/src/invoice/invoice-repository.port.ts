import type { BatchId } from '../batch/batch.js';
import type { DueTerm } from '../deadline/due-term.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { CorrectedInvoice, CorrectionHold } from '../sending/correction-hold.js';
import type { Instant, PlainDate } from '../shared/instant.js';
import type { SessionReference } from '../session/session-reference.js';
import type { UpoSignature } from '../session/upo-verifier.port.js';
import type { Result } from '../shared/result.js';
import type { FormCode, InvoiceKind } from './invoice-facts.js';
import type { InvoiceHash } from './invoice-hash.js';
import type {
  AcceptedInvoice,
  DisplayStatus,
  Invoice,
  InvoiceId,
  InvoiceState,
  IssuedInvoice,
  ReceivedInvoice,
} from './invoice.js';
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
  /** Of a corrective invoice that waits: what holds it back. Only where it was asked for. */
  readonly hold?: CorrectionHold;
}

export interface InvoiceFilter {
  readonly status?: DisplayStatus;
  readonly mode?: IssuingMode;
  readonly context?: ContextIdentifier;
  readonly number?: string;
  /** Deadline ends before this moment. */
  readonly dueBefore?: Instant;
}

/** Orders of a list; what is equal goes by id. By deadline: the earliest statutory end first, those without one last. */
export const INVOICE_ORDERS = ['newest', 'oldest', 'number', 'number-descending', 'deadline'] as const;
export type InvoiceOrder = (typeof INVOICE_ORDERS)[number];

/** Which of the waiting invoices a planner wants. */
export interface AwaitingQuery {
  readonly context: ContextIdentifier;
  readonly formCode: FormCode;
  readonly limit: {
    readonly invoices: number;
    /** Of the whole package before encryption. */
    readonly bytes: number;
    /** Counted for each invoice beside its own bytes. */
    readonly entryBytes: number;
    /** One invoice, and one with an attachment. */
    readonly invoiceBytes: number;
    readonly invoiceWithAttachmentBytes: number;
  };
  /** Last P_1 day that KSeF would take now: a session takes nothing dated after its opening (domain rules 1.9). */
  readonly datedUpTo: PlainDate;
  /** Statutory end before this moment. */
  readonly dueBefore?: Instant;
  readonly only?: readonly InvoiceId[];
}

/** What a planner needs of a waiting invoice. */
export interface AwaitingInvoice {
  readonly id: InvoiceId;
  readonly sizeBytes: number;
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
  /** @param after id of the last invoice of the page before. @param order newest first when left out */
  list(
    filter: InvoiceFilter,
    limit: number,
    after?: InvoiceId,
    order?: InvoiceOrder,
  ): Promise<readonly StoredInvoice[]>;

  /** Several at once, by id; those that are not stored are left out. */
  findAll(ids: readonly InvoiceId[]): Promise<readonly StoredInvoice[]>;
  /**
   * Takes invoices in state `issued` that may be sent, the earliest target first, then the earliest statutory end, then
   * by id; those without a deadline last. They stay locked until the transaction ends: one planner of a context at a
   * time, the next one waits. Left alone are those that a total failure lifted the duty from, those with a later
   * `notBefore`, those dated after `datedUpTo`, those too large for the context, and corrective invoices on hold (see
   * `correctionHold`). Naming an invoice in `only` overrides its `notBefore`, and the question whether a correction goes
   * without quoting its original's number, and nothing else.
   */
  lockAwaiting(wanted: AwaitingQuery): Promise<readonly AwaitingInvoice[]>;
  /**
   * Invoices in state `issued` that are larger than KSeF takes in the context, a few at a time; they stay locked until the
   * transaction ends. What is not larger than KSeF's published limit of one invoice (1,000,000 bytes) is never among them.
   */
  lockTooLarge(wanted: Pick<AwaitingQuery, 'context' | 'limit'>): Promise<readonly IssuedInvoice[]>;
  /** Moves what `lockAwaiting` gave into a batch, as `planInto` does. @throws ConcurrentUpdateError when one moved on */
  planAll(batchId: BatchId, ids: readonly InvoiceId[]): Promise<void>;
  /** For corrective invoices among these: the invoices of ours that each of them names as corrected. */
  correctedBy(ids: readonly InvoiceId[]): Promise<ReadonlyMap<InvoiceId, readonly CorrectedInvoice[]>>;
  /** Invoices of this seller with one of these numbers, as originals of a correction. */
  corrected(sellerNip: string, numbers: readonly string[]): Promise<readonly CorrectedInvoice[]>;
  /** All invoices of a batch, by id. */
  inBatch(batchId: BatchId, states?: readonly InvoiceState[]): Promise<readonly Invoice[]>;
  /** The same, a page at a time. @param after id of the last invoice of the page before */
  pageOfBatch(batchId: BatchId, limit: number, after?: InvoiceId): Promise<readonly Invoice[]>;
  /** How many invoices of a batch are in each state; those of a second delivery count in both of their batches. */
  countByState(batchId: BatchId): Promise<ReadonlyMap<InvoiceState, number>>;
  /** `enterSession` for everything that a batch carries into its session, in one statement. @returns those that moved */
  enterSession(batchId: BatchId, session: SessionReference): Promise<readonly InvoiceId[]>;
  /**
   * Accepted invoices without a proof that are of this batch, or that its session brought in while they were of another
   * one (a second delivery); by id.
   */
  unproven(batchId: BatchId, session: SessionReference, limit: number): Promise<readonly AcceptedInvoice[]>;
  /** The earliest statutory end among those of a batch that are on their way; `undefined` when none has a day. */
  earliestEnd(batchId: BatchId): Promise<Instant | undefined>;
  /**
   * What an interactive session still owes an answer on, and whose time has come: deliveries in state `in-session` or
   * `accepted` by that channel, and rows left in `received`; those that have waited longest for a look first.
   */
  unresolvedInteractive(limit: number): Promise<readonly Invoice[]>;
  /** Looks at an interactive delivery again in so many seconds; others get their turn meanwhile. */
  postponeTracking(id: InvoiceId, seconds: number): Promise<void>;

  bytes(id: InvoiceId): Promise<Uint8Array | undefined>;
  /**
   * Bytes of a batch's invoices ordered by id, a page at a time. A page may end before `limit`, so that it never has much
   * more than a few megabytes; only the one after the last is empty.
   */
  documentsOfBatch(
    batchId: BatchId,
    limit: number,
    after?: InvoiceId,
  ): Promise<readonly { readonly id: InvoiceId; readonly hash: InvoiceHash; readonly bytes: Uint8Array }[]>;
  addEvidence(id: InvoiceId, xades: Uint8Array): Promise<void>;
  evidence(id: InvoiceId): Promise<Uint8Array | undefined>;
  /** The invoice's own UPO. @param signature left out where nobody looked at it */
  addUpo(id: InvoiceId, upo: Uint8Array, signature?: UpoSignature): Promise<void>;
  /** The invoice's own UPO; a page that names it among others is in `tracking.upos`. */
  upo(id: InvoiceId): Promise<Uint8Array | undefined>;
}
