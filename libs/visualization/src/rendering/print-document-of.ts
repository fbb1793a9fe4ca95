import type { DocumentLanguage, ReadableDocument } from '@latarnik/domain';
import { evidenceDocument } from '../evidence/evidence-document.js';
import { invoiceDocument } from '../fa3/invoice-document.js';
import { transactionConfirmation } from '../fa3/transaction-confirmation.js';
import type { PrintCode, PrintDocument } from '../model/print-document.js';
import { upoDocument } from '../upo/upo-document.js';

/** @param codes those of the document, with their images */
export function printDocumentOf(
  document: ReadableDocument,
  codes: readonly PrintCode[],
  language: DocumentLanguage,
): PrintDocument {
  switch (document.kind) {
    case 'invoice':
      return invoiceDocument({ ...document, codes }, language);
    case 'transaction-confirmation':
      return transactionConfirmation(document.invoice, codes, language);
    case 'upo':
      return upoDocument(document, language);
    case 'evidence':
      return evidenceDocument(document.summary, language);
  }
}
