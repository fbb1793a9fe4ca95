import type { InvoiceFacts } from '@latarnik/domain';

import type { DifferenceList } from './difference-list.js';
import { sameNumber } from './numeric-fields.js';

/**
 * Where each fact stands in FA(3), for people; every fact is compared. The compiler holds the list complete. The place of
 * supply is left to the comparison of the sums that it follows from: older invoices were stored without it.
 */
const PLACES = {
  formCode: '/Faktura/Naglowek/KodFormularza',
  kind: '/Faktura/Fa/RodzajFaktury',
  number: '/Faktura/Fa/P_2',
  issueDate: '/Faktura/Fa/P_1',
  sellerNip: '/Faktura/Podmiot1/DaneIdentyfikacyjne/NIP',
  sellerName: '/Faktura/Podmiot1/DaneIdentyfikacyjne/Nazwa',
  buyer: '/Faktura/Podmiot2/DaneIdentyfikacyjne',
  buyerName: '/Faktura/Podmiot2/DaneIdentyfikacyjne/Nazwa',
  currency: '/Faktura/Fa/KodWaluty',
  grossAmount: '/Faktura/Fa/P_15',
  selfBilling: '/Faktura/Fa/Adnotacje/P_17',
  hasAttachment: '/Faktura/Zalacznik',
  correctedKsefNumbers: '/Faktura/Fa/DaneFaKorygowanej/NrKSeFFaKorygowanej',
  correctedNumbers: '/Faktura/Fa/DaneFaKorygowanej/NrFaKorygowanej',
} as const satisfies Record<Exclude<keyof InvoiceFacts, 'placeOfSupply'>, string>;

/** Holds the facts stored at issue against those of the new file: what codes, deadline and database rest on. */
export function compareFacts(before: InvoiceFacts, after: InvoiceFacts, found: DifferenceList): void {
  for (const name of Object.keys(PLACES) as (keyof typeof PLACES)[]) {
    const [old, next] = [textOf(before[name]), textOf(after[name])];
    if (old === next || (name === 'grossAmount' && sameNumber(old ?? '', next ?? ''))) continue;
    found.add('content', PLACES[name], old, next);
  }
}

function textOf(fact: InvoiceFacts[keyof InvoiceFacts]): string | undefined {
  if (fact === undefined || typeof fact === 'string') return fact;
  if (typeof fact === 'boolean') return fact ? '1' : '2';
  if ('calendarId' in fact) return fact.toString();
  return Array.isArray(fact) ? fact.join(' ') : recordText(fact);
}

/** By name: a database gives the fields of a record in an order of its own. */
function recordText(record: object): string {
  const fields = Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return fields.map(([name, value]) => `${name} ${String(value)}`).join(' ');
}
