import type { PlaceOfSupply } from '../invoice/invoice-facts.js';
import type { DocumentElement } from '../visualization/document-element.js';

/** P_13_5 (OSS), P_13_8 and P_13_9: taxed outside Poland. */
const ABROAD = new Set(['P_13_5', 'P_13_8', 'P_13_9']);

/** The place of supply by the sums of an FA(3) file: for invoices that were stored before it was one of their facts. */
export function placeOfSupplyIn(invoice: DocumentElement): PlaceOfSupply {
  const sums = invoice.children
    .filter(({ name }) => name === 'Fa')
    .flatMap(({ children }) => children)
    .filter(({ name, text }) => name.startsWith('P_13_') && /[1-9]/.test(text));
  if (!sums.some(({ name }) => ABROAD.has(name))) return 'poland';
  return sums.every(({ name }) => ABROAD.has(name)) ? 'abroad' : 'mixed';
}
