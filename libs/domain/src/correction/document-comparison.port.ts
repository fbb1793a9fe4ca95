import type { InvoiceFacts } from '../invoice/invoice-facts.js';
import type { FieldComparison } from './field-comparison.js';

/** Compares invoice files field by field. */
export interface DocumentComparison {
  /**
   * Every difference between the file that was issued and the one that shall take its place. Content differences are
   * listed before technical ones, so that none is cut off by them. Safe on hostile input, as `InvoiceDocuments.read` is.
   *
   * @param issued the bytes that the buyer's document was made of; perhaps not readable
   * @param facts what was read from them at issue
   * @param proposed bytes that `InvoiceDocuments.read` has passed, and the facts it read
   */
  compare(
    issued: Uint8Array,
    facts: InvoiceFacts,
    proposed: { readonly bytes: Uint8Array; readonly facts: InvoiceFacts },
  ): FieldComparison;
}
