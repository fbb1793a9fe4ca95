import type { Acceptance, InvoiceFacts, InvoiceRecord } from './invoice.js';
import type { Session } from './session.js';

/** An accepted invoice with everything about it. */
export interface ArchivedInvoice {
  readonly session: Session;
  readonly record: InvoiceRecord;
  readonly facts: InvoiceFacts;
  readonly acceptance: Acceptance;
}

/** Every accepted invoice, with the indexes KSeF's rules need. */
export class InvoiceArchive {
  readonly #byKsefNumber = new Map<string, ArchivedInvoice>();
  readonly #byIdentity = new Map<string, ArchivedInvoice>();
  readonly #byHash = new Map<string, ArchivedInvoice>();
  readonly #corrections = new Map<string, ArchivedInvoice>();

  add(invoice: ArchivedInvoice): void {
    this.#byKsefNumber.set(invoice.acceptance.ksefNumber, invoice);
    this.#byIdentity.set(identity(invoice.facts), invoice);
    this.#byHash.set(invoice.record.invoiceHash, invoice);
    const { hashOfCorrectedInvoice } = invoice.record;
    if (hashOfCorrectedInvoice !== undefined) this.#corrections.set(hashOfCorrectedInvoice, invoice);
  }

  find(ksefNumber: string): ArchivedInvoice | undefined {
    return this.#byKsefNumber.get(ksefNumber);
  }

  /** The accepted invoice of the same seller, kind and number, whoever sent it (domain-rules 6: duplicate, global). */
  findSame(facts: InvoiceFacts): ArchivedInvoice | undefined {
    return this.#byIdentity.get(identity(facts));
  }

  findByHash(invoiceHash: string): ArchivedInvoice | undefined {
    return this.#byHash.get(invoiceHash);
  }

  /** Whether a technical correction of the file with this hash was accepted. */
  hasCorrectionOf(invoiceHash: string): boolean {
    return this.#corrections.has(invoiceHash);
  }

  /** The accepted technical correction of the file with this hash. */
  correctionOf(invoiceHash: string): ArchivedInvoice | undefined {
    return this.#corrections.get(invoiceHash);
  }

  all(): Iterable<ArchivedInvoice> {
    return this.#byKsefNumber.values();
  }
}

function identity({ sellerNip, kind, invoiceNumber }: InvoiceFacts): string {
  return `${sellerNip}|${kind}|${invoiceNumber}`;
}
