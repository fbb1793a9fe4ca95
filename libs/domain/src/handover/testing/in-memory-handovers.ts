import type { IdempotencyClaim } from '../../invoice/idempotency.port.js';
import type { InvoiceId } from '../../invoice/invoice.js';
import type { InMemoryInvoices } from '../../testing/in-memory-invoices.js';
import type { BuyerOfInvoice, HandoverBook } from '../handover-book.port.js';
import type { Handover } from '../handover.js';

export class InMemoryHandovers implements HandoverBook {
  rows: readonly { readonly handover: Handover; readonly claim?: IdempotencyClaim }[] = [];

  constructor(private readonly invoices: InMemoryInvoices) {}

  savepoint(): () => void {
    const { rows } = this;
    return () => (this.rows = rows);
  }

  add(handover: Handover, claim?: IdempotencyClaim): Promise<boolean> {
    if (claim !== undefined && this.rows.some((row) => row.claim?.key === claim.key)) return Promise.resolve(false);
    this.rows = [...this.rows, { handover, ...(claim === undefined ? {} : { claim }) }];
    return Promise.resolve(true);
  }

  findByKey(key: string) {
    const row = this.rows.find(({ claim }) => claim?.key === key);
    return Promise.resolve(row && { handover: row.handover, fingerprint: row.claim?.fingerprint ?? '' });
  }

  of(id: InvoiceId): Promise<readonly Handover[]> {
    const own = this.rows.map(({ handover }) => handover).filter(({ invoiceId }) => invoiceId === id);
    return Promise.resolve(own.sort((a, b) => a.handedOverAt.epochMilliseconds - b.handedOverAt.epochMilliseconds));
  }

  buyersOf(ids: readonly InvoiceId[]): Promise<readonly BuyerOfInvoice[]> {
    const wanted = new Set(ids);
    const found = this.invoices.stored.filter(({ id }) => wanted.has(id));
    return Promise.resolve(
      found.map(({ id, state, facts: { buyer, placeOfSupply } }) => ({
        ...{ id, state, buyer, handedOver: this.rows.some(({ handover }) => handover.invoiceId === id) },
        ...(placeOfSupply === undefined ? {} : { placeOfSupply }),
      })),
    );
  }
}
