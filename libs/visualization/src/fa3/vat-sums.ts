import type { Cell, TableBlock } from '../model/print-document.js';
import type { Part } from '../model/part.js';
import type { Bilingual, Labels, Words } from '../model/words.js';

interface Sum {
  readonly rate: Bilingual;
  readonly net: string;
  readonly vat?: string;
  readonly vatInPln?: string;
  /** Rates of lines that fall under it: where the lines have one of them alone, the row says which. */
  readonly lineRates?: readonly string[];
}

const withVat = (at: string, rate: Bilingual, ...lineRates: readonly string[]): Sum => ({
  ...{ rate, net: `P_13_${at}`, vat: `P_14_${at}`, vatInPln: `P_14_${at}W` },
  lineRates,
});

const SUMS: readonly Sum[] = [
  withVat('1', ['23% lub 22%', '23% or 22%'], '23', '22'),
  withVat('2', ['8% lub 7%', '8% or 7%'], '8', '7'),
  withVat('3', ['5%', '5%']),
  withVat('4', ['ryczałt dla taksówek', 'taxi flat rate'], '4', '3'),
  { rate: ['procedura OSS (dział XII rozdz. 6a)', 'OSS (chapter XII.6a)'], net: 'P_13_5', vat: 'P_14_5' },
  { rate: ['0% (kraj)', '0% (domestic)'], net: 'P_13_6_1' },
  { rate: ['0% (WDT)', '0% (intra-Community supply)'], net: 'P_13_6_2' },
  { rate: ['0% (eksport)', '0% (export)'], net: 'P_13_6_3' },
  { rate: ['zwolnione od podatku', 'exempt'], net: 'P_13_7' },
  { rate: ['poza terytorium kraju (np)', 'outside Poland (not taxable)'], net: 'P_13_8' },
  { rate: ['usługi z art. 100 ust. 1 pkt 4 (np)', 'services of art. 100(1)(4)'], net: 'P_13_9' },
  { rate: ['odwrotne obciążenie', 'reverse charge'], net: 'P_13_10' },
  { rate: ['procedura marży', 'margin scheme'], net: 'P_13_11' },
];

/** For those who meet such an element outside of its place. */
export const SUM_LABELS: Labels = Object.fromEntries<Bilingual>(
  SUMS.flatMap(({ rate: [pl, en], net, vat, vatInPln }) => [
    [net, [`Wartość netto: ${pl}`, `Net: ${en}`] as const],
    ...(vat === undefined ? [] : [[vat, [`VAT: ${pl}`, `VAT: ${en}`] as const] as const]),
    ...(vatInPln === undefined ? [] : [[vatInPln, [`VAT w PLN: ${pl}`, `VAT in PLN: ${en}`] as const] as const]),
  ]),
);

/** Net values and tax by rate, as they stand in the file; `undefined` when it has none. */
export function vatSums(invoice: Part, lineRates: ReadonlySet<string>, words: Words): TableBlock | undefined {
  const rows: Cell[][] = [];
  for (const { rate, net, vat, vatInPln, lineRates: known = [] } of SUMS) {
    const texts = [net, vat, vatInPln].map((name) => {
      const text = name === undefined ? undefined : invoice.text(name);
      return name === undefined || text === undefined ? undefined : words.value(name, text);
    });
    if (texts.every((text) => text === undefined)) continue;
    const used = known.filter((one) => lineRates.has(one));
    const name = used.length === 1 && used[0] !== undefined ? words.value('P_12', used[0]) : words.say(rate);
    rows.push([name, ...texts].map((text) => ({ text: text ?? '' })));
  }
  if (rows.length === 0) return undefined;
  const headers: readonly Bilingual[] = [
    ['Stawka', 'Rate'],
    ['Wartość netto', 'Net value'],
    ['VAT', 'VAT'],
    ['VAT w PLN', 'VAT in PLN'],
  ];
  const shown = headers.map((_, at) => at < 2 || rows.some((row) => row[at]?.text !== ''));
  return {
    kind: 'table',
    columns: headers
      .map((header, at) => ({ header: words.say(header), align: at === 0 ? ('start' as const) : ('end' as const) }))
      .filter((_, at) => shown[at] === true),
    rows: rows.map((row) => row.filter((_, at) => shown[at] === true)),
  };
}
