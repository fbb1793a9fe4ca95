import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import { offlineCodes } from '../invoice/offline-codes.js';
import { KOD_II_LABEL, kodILabel } from '../verification-code/code-label.js';
import type { DocumentElement } from '../visualization/document-element.js';
import type { LabelledCode, ReadableDocument } from '../visualization/document-renderer.port.js';
import type { DocumentKind } from './handover-document.js';

/** The document of this kind as it is rendered for the buyer; its codes as the law wants them on it (domain rules 3.4). */
export function readableCopy(
  document: DocumentKind,
  { invoice }: Pick<StoredInvoice, 'invoice'>,
  element: DocumentElement,
): ReadableDocument {
  const ksefNumber = 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;
  switch (document) {
    case 'invoice-without-codes':
      return { kind: 'invoice', invoice: element, standing: 'total-failure', codes: [] };
    case 'invoice-with-number': {
      const number = ksefNumber === undefined ? {} : { ksefNumber };
      return { kind: 'invoice', invoice: element, standing: 'numbered', codes: [kodI(invoice)], ...number };
    }
    case 'invoice-with-two-codes':
      return { kind: 'invoice', invoice: element, standing: 'offline', codes: [kodI(invoice), kodII(invoice)] };
    case 'transaction-confirmation':
      return { kind: 'transaction-confirmation', invoice: element, codes: [kodI(invoice), kodII(invoice)] };
  }
}

function kodI(invoice: StoredInvoice['invoice']): LabelledCode {
  if (!('issue' in invoice)) throw new Error(`invoice ${invoice.id} was not issued: it has no code`);
  const number = 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;
  return { kind: 'KOD I', link: invoice.issue.kodI, label: kodILabel(number) };
}

function kodII(invoice: StoredInvoice['invoice']): LabelledCode {
  const codes = offlineCodes(invoice);
  if (codes === undefined) throw new Error(`invoice ${invoice.id} has no KOD II`);
  return { kind: 'KOD II', link: codes.kodII, label: KOD_II_LABEL };
}
