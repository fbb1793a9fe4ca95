import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { InvoiceFacts } from '../invoice/invoice-facts.js';
import type { InvoiceId, InvoiceState } from '../invoice/invoice.js';
import type { Handover } from './handover.js';

/** What of an invoice tells whether a message about many changes the right document of this one. */
export interface BuyerOfInvoice extends Pick<InvoiceFacts, 'buyer' | 'placeOfSupply'> {
  readonly id: InvoiceId;
  readonly state: InvoiceState;
  /** Something was handed over already. */
  readonly handedOver: boolean;
}

/** What was handed over of one tenant's invoices; append-only. */
export interface HandoverBook {
  /** @param claim of a caller who records it; absent for our own @returns false when the key is taken: read it and decide */
  add(handover: Handover, claim?: IdempotencyClaim): Promise<boolean>;
  findByKey(key: string): Promise<{ readonly handover: Handover; readonly fingerprint: string } | undefined>;
  /** Of an invoice, the earliest first. */
  of(id: InvoiceId): Promise<readonly Handover[]>;
  /** By id; those that are not stored are left out. */
  buyersOf(ids: readonly InvoiceId[]): Promise<readonly BuyerOfInvoice[]>;
}
