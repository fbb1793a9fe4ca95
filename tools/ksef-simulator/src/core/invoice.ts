import { assertMove, INVOICE_STATUS, INVOICE_TRANSITIONS, type InvoiceStatusCode, type Status } from './status.js';

/** A party as the invoice names it. */
export interface Party {
  readonly type: 'Nip' | 'InternalId' | 'VatUe' | 'Other' | 'None';
  readonly value?: string;
  readonly name?: string;
}

/** What KSeF reads from an FA(3) document; element names of the schema in brackets. */
export interface InvoiceFacts {
  /** P_2 */
  readonly invoiceNumber: string;
  /** P_1, `YYYY-MM-DD` */
  readonly issueDate: string;
  /** RodzajFaktury */
  readonly kind: string;
  /** Podmiot1 */
  readonly sellerNip: string;
  readonly sellerName: string | undefined;
  /** Podmiot2 */
  readonly buyer: Party;
  /** Podmiot3 with Rola; a role described in words (RolaInna) counts as 0 */
  readonly thirdSubjects: readonly (Party & { readonly role: number })[];
  /** PodmiotUpowazniony with RolaPU */
  readonly authorized: { readonly nip: string; readonly name: string | undefined; readonly role: number } | undefined;
  /** KodWaluty */
  readonly currency: string;
  readonly netAmount: number;
  readonly vatAmount: number;
  /** P_15 */
  readonly grossAmount: number;
  /** Adnotacje/P_17 = 1 */
  readonly selfInvoicing: boolean;
  /** Zalacznik present */
  readonly hasAttachment: boolean;
}

export type InvoicingMode = 'Online' | 'Offline';

/** One invoice as it was sent into one session. */
export interface InvoiceRecord {
  readonly ordinal: number;
  readonly referenceNumber: string;
  /** Base64 of the SHA-256 of the plain document, as declared or, in a batch, as found. */
  readonly invoiceHash: string;
  readonly sizeBytes: number;
  readonly fileName: string | undefined;
  readonly invoicingAt: number;
  readonly offlineDeclared: boolean;
  readonly hashOfCorrectedInvoice: string | undefined;
  status: Status;
  facts?: InvoiceFacts;
  accepted?: Acceptance;
}

/** What a KSeF number comes with. */
export interface Acceptance {
  readonly ksefNumber: string;
  readonly acquiredAt: number;
  readonly storedAt: number;
  readonly invoicingMode: InvoicingMode;
  readonly content: Buffer;
}

/** A rejection before it is written into a record. */
export interface Rejection {
  readonly code: Exclude<InvoiceStatusCode, 100 | 150 | 200>;
  readonly details?: readonly string[];
  readonly extensions?: Readonly<Record<string, string>>;
}

/** Moves an invoice along its table of legal moves. */
export function moveInvoice(
  invoice: InvoiceRecord,
  code: InvoiceStatusCode,
  more: Pick<Status, 'details' | 'extensions'> = {},
): void {
  assertMove(INVOICE_TRANSITIONS, invoice.status.code, code);
  invoice.status = { code, description: INVOICE_STATUS[code], ...more };
}
