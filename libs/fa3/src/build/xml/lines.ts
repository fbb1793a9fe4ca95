import type { Line, OrderLine } from '../model/line.js';
import type { ParsedInvoice } from '../model/invoice.js';
import { amountText, hundredths } from '../money.js';
import { netOf } from '../net.js';
import { orderTotal, vatOfOrderLine } from '../totals.js';
import { each, type Element, group, leaf, marker } from './element.js';

/** Amounts are written with both decimals. */
export const money = (name: string, value: string | undefined): Element | undefined =>
  value === undefined ? undefined : leaf(name, amountText(hundredths(value)));

/** FaWiersz, in the order of the schema. */
export function lineElement(line: Line, at: number, exchangeRate: string | undefined): Element {
  const net = netOf(line);
  return group(
    'FaWiersz',
    leaf('NrWierszaFa', line.lineNumber ?? at + 1),
    leaf('UU_ID', line.uniqueId),
    leaf('P_6A', line.saleDate),
    leaf('P_7', line.name),
    leaf('Indeks', line.sku),
    leaf('GTIN', line.gtin),
    leaf('PKWiU', line.pkwiu),
    leaf('CN', line.cn),
    leaf('PKOB', line.pkob),
    leaf('P_8A', line.unit),
    leaf('P_8B', line.quantity),
    leaf('P_9A', line.unitNetPrice),
    leaf('P_10', line.discount),
    net === undefined ? undefined : leaf('P_11', amountText(net)),
    leaf('P_12', line.vatRate),
    marker('P_12_Zal_15', line.annex15),
    money('KwotaAkcyzy', line.exciseAmount),
    leaf('GTU', line.gtu),
    leaf('Procedura', line.procedure),
    leaf('KursWaluty', line.exchangeRate ?? exchangeRate),
    marker('StanPrzed', line.beforeCorrection),
  );
}

/** Zamowienie. */
export function orderElement(order: NonNullable<ParsedInvoice['order']>): Element {
  const total = order.grossTotal === undefined ? orderTotal(order.lines) : hundredths(order.grossTotal);
  return group('Zamowienie', leaf('WartoscZamowienia', amountText(total)), each(order.lines, orderLineElement));
}

function orderLineElement(line: OrderLine, at: number): Element {
  const net = netOf(line);
  const isComputable = net !== undefined && line.vatRate !== undefined;
  return group(
    'ZamowienieWiersz',
    leaf('NrWierszaZam', line.lineNumber ?? at + 1),
    leaf('UU_IDZ', line.uniqueId),
    leaf('P_7Z', line.name),
    leaf('IndeksZ', line.sku),
    leaf('GTINZ', line.gtin),
    leaf('PKWiUZ', line.pkwiu),
    leaf('CNZ', line.cn),
    leaf('PKOBZ', line.pkob),
    leaf('P_8AZ', line.unit),
    leaf('P_8BZ', line.quantity),
    leaf('P_9AZ', line.unitNetPrice),
    net === undefined ? undefined : leaf('P_11NettoZ', amountText(net)),
    isComputable || line.vatAmount !== undefined ? leaf('P_11VatZ', amountText(vatOfOrderLine(line))) : undefined,
    leaf('P_12Z', line.vatRate),
    marker('P_12Z_Zal_15', line.annex15),
    leaf('GTUZ', line.gtu),
    leaf('ProceduraZ', line.procedure),
    money('KwotaAkcyzyZ', line.exciseAmount),
    marker('StanPrzedZ', line.beforeCorrection),
  );
}
