import type { InvoiceId } from './invoice.js';

/** A caller's Idempotency-Key: 1 to 255 visible ASCII characters. */
export interface IdempotencyClaim {
  readonly key: string;
  /** SHA-256 over what was asked, Base64: the same key with another request is refused. */
  readonly fingerprint: string;
}

export interface IdempotencyRecord extends IdempotencyClaim {
  readonly invoiceId: InvoiceId;
}

/** Idempotency keys of one tenant; they last as long as the invoices they made (reliability A1). */
export interface IdempotencyRecords {
  find(key: string): Promise<IdempotencyRecord | undefined>;
  /** @returns false when the key is taken: read it and decide */
  add(record: IdempotencyRecord): Promise<boolean>;
  /** Frees the key of an attempt that issued nothing. */
  remove(key: string): Promise<void>;
  /** The same, by the invoice that the attempt had stored. */
  removeOf(invoiceId: InvoiceId): Promise<void>;
}
