import type { Instant } from '@latarnik/domain';

import type { ParsedInvoice } from '../model/invoice.js';
import { kindOf } from '../model-rules.js';
import type { Totals } from '../totals.js';
import { each, type Element, flat, group, leaf, marker, verbatim } from './element.js';
import { lineElement, money, orderElement } from './lines.js';
import { buyerElement, sellerElement, thirdPartyElement } from './parties.js';
import {
  annotationsElement,
  correctionElements,
  footerElement,
  noteElement,
  paymentElement,
  receiptMarkers,
  settledAdvanceElement,
  summaryElements,
} from './sections.js';

/** Faktura, in the order of the FA(3) schema 1-0E. */
export function invoiceElement(invoice: ParsedInvoice, totals: Totals, createdAt: Instant): Element {
  return group(
    'Faktura',
    headerElement(createdAt),
    sellerElement(invoice.seller),
    buyerElement(invoice.buyer),
    each(invoice.thirdParties, thirdPartyElement),
    contentElement(invoice, totals),
    invoice.footer && footerElement(invoice.footer),
  );
}

function headerElement(createdAt: Instant): Element {
  return group(
    'Naglowek',
    {
      name: 'KodFormularza',
      content: 'FA',
      attributes: { kodSystemowy: 'FA (3)', wersjaSchemy: '1-0E' },
    },
    verbatim('WariantFormularza', '3'),
    verbatim('DataWytworzeniaFa', createdAt.toString({ smallestUnit: 'second' })),
    verbatim('SystemInfo', 'Latarnik'),
  );
}

/** Fa. */
function contentElement(invoice: ParsedInvoice, totals: Totals): Element {
  const isAdvance = kindOf(invoice) === 'ZAL' || kindOf(invoice) === 'KOR_ZAL';
  return group(
    'Fa',
    leaf('KodWaluty', invoice.currency ?? 'PLN'),
    leaf('P_1', invoice.issueDate),
    leaf('P_1M', invoice.issuePlace),
    leaf('P_2', invoice.number),
    each(invoice.deliveryNotes, (number) => leaf('WZ', number)),
    saleElements(invoice),
    summaryElements(totals),
    isAdvance ? leaf('KursWalutyZ', invoice.exchangeRate) : undefined,
    annotationsElement(invoice),
    leaf('RodzajFaktury', kindOf(invoice)),
    invoice.correction && correctionElements(invoice.correction),
    each(invoice.advance?.payments, ({ date, amount, exchangeRate }) =>
      group('ZaliczkaCzesciowa', leaf('P_6Z', date), money('P_15Z', amount), leaf('KursWalutyZW', exchangeRate)),
    ),
    receiptMarkers(invoice),
    each(invoice.notes, noteElement),
    each(invoice.settledAdvances, settledAdvanceElement),
    marker('ZwrotAkcyzy', invoice.exciseRefund),
    each(invoice.lines, (line, at) => lineElement(line, at, invoice.exchangeRate)),
    invoice.payment && paymentElement(invoice.payment),
    invoice.order && orderElement(invoice.order),
  );
}

function saleElements({ saleDate, salePeriod }: ParsedInvoice): readonly Element[] {
  if (salePeriod === undefined) return flat([leaf('P_6', saleDate)]);
  return [group('OkresFa', leaf('P_6_Od', salePeriod.from), leaf('P_6_Do', salePeriod.to))];
}
