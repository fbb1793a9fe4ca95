import type { PlainDate } from '../shared/instant.js';
import type { Result } from '../shared/result.js';
import type { Finding } from './finding.js';
import type { InvoiceFacts } from './invoice-facts.js';

/** Reads and writes invoice files (FA(3)). */
export interface InvoiceDocuments {
  /**
   * Builds the file from the JSON model of the API. The result still has to pass `read`.
   * @returns UTF-8 XML without BOM, or every finding about the model
   */
  build(model: unknown): Result<Uint8Array, readonly Finding[]>;

  /**
   * Checks a file against its XSD and KSeF's own rules (domain rules 6, the production strictness everywhere), and
   * reads what the product needs. Safe on hostile input: no DTD, no external reference, bounded size.
   * @param today the Warsaw day, which P_1 may not be later than
   * @returns the facts, or every finding
   */
  read(bytes: Uint8Array, today: PlainDate): Result<InvoiceFacts, readonly Finding[]>;
}
