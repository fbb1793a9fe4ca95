import type { DocumentElement } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { textsOf, type Block, type PrintDocument, type TableBlock } from '../model/print-document.js';
import { el, hostileInvoice, smallInvoice } from '../testing/hostile-invoices.js';
import { invoiceDocument } from './invoice-document.js';
import { transactionConfirmation } from './transaction-confirmation.js';

const show = (fa: readonly DocumentElement[], language: 'pl' | 'en' = 'pl'): PrintDocument =>
  invoiceDocument({ invoice: smallInvoice({ fa }), standing: 'offline', codes: [] }, language);

const blocksUnder = ({ sections }: PrintDocument, heading: string): readonly Block[] =>
  sections.find((section) => section.heading === heading)?.blocks ?? [];

const tablesUnder = (document: PrintDocument, heading: string): readonly TableBlock[] =>
  blocksUnder(document, heading).filter((block) => block.kind === 'table');

const cells = ({ rows }: TableBlock): readonly (readonly string[])[] => rows.map((row) => row.map(({ text }) => text));

const line = (...fields: readonly (readonly [string, string])[]): DocumentElement =>
  el(
    'FaWiersz',
    fields.map(([name, text]) => el(name, text)),
  );

const ANNOTATIONS = (marks: Readonly<Record<string, string>>, groups: readonly DocumentElement[] = []) =>
  el('Adnotacje', [...Object.entries(marks).map(([name, text]) => el(name, text)), ...groups]);

describe('annotations', () => {
  it.each([
    ['P_16', 'metoda kasowa'],
    ['P_17', 'samofakturowanie'],
    ['P_18', 'odwrotne obciążenie'],
    ['P_18A', 'mechanizm podzielonej płatności'],
  ])('say the words that the law wants for %s', (name, words) => {
    const marks = { P_16: '2', P_17: '2', P_18: '2', P_18A: '2', P_23: '2', [name]: '1' };
    const blocks = blocksUnder(show([ANNOTATIONS(marks)]), 'Adnotacje');
    expect(blocks.filter((block) => block.kind === 'text')).toEqual([{ kind: 'text', text: words, tone: 'strong' }]);
    const [denied] = blocks.flatMap((block) => (block.kind === 'fields' ? block.fields : []));
    expect(denied?.label).toBe('Nie dotyczy');
    expect(denied?.value.split(', ')).not.toContain(words);
    expect(denied?.value).toContain('procedura uproszczona (transakcja trójstronna)');
  });

  it('name the basis of an exemption', () => {
    const exemption = el('Zwolnienie', [el('P_19', '1'), el('P_19A', 'art. 43 ust. 1 pkt 29 ustawy')]);
    const texts = textsOf(show([ANNOTATIONS({}, [exemption])]));
    expect(texts).toContain('sprzedaż zwolniona od podatku');
    expect(texts).toContain('art. 43 ust. 1 pkt 29 ustawy');
  });

  it('name the margin scheme', () => {
    const margin = el('PMarzy', [el('P_PMarzy', '1'), el('P_PMarzy_3_1', '1')]);
    expect(textsOf(show([ANNOTATIONS({}, [margin])]))).toContain('procedura marży - towary używane');
  });

  it('show a value that no mark has', () => {
    expect(textsOf(show([ANNOTATIONS({ P_16: '7' })]))).toContain('7');
  });
});

describe('lines', () => {
  it('show what has no column of its own beneath the name', () => {
    const [table] = tablesUnder(
      show([line(['NrWierszaFa', '1'], ['UU_ID', 'a-b-c'], ['P_7', 'Lampa'], ['GTU', 'GTU_06'], ['P_12', 'np II'])]),
      'Pozycje',
    );
    expect(table?.columns.map(({ header }) => header)).toEqual(['Lp.', 'Nazwa towaru lub usługi', 'Stawka']);
    expect(table?.rows[0]?.[1]).toEqual({
      text: 'Lampa',
      notes: [
        { label: 'Identyfikator wiersza', value: 'a-b-c' },
        { label: 'GTU', value: 'GTU_06' },
      ],
    });
    expect(table?.rows[0]?.[2]?.text).toBe('np (II)');
  });

  it('stand in two tables where a correction says how it was before', () => {
    const before = line(['NrWierszaFa', '1'], ['P_7', 'Lampa'], ['P_8B', '4'], ['StanPrzed', '1']);
    const after = line(['NrWierszaFa', '1'], ['P_7', 'Lampa'], ['P_8B', '3']);
    const tables = tablesUnder(show([before, after]), 'Pozycje');
    expect(tables.map(({ caption }) => caption)).toEqual(['Pozycje przed korektą', 'Pozycje po korekcie']);
    expect(tables.map(cells)).toEqual([[['1', 'Lampa', '4']], [['1', 'Lampa', '3']]]);
  });

  it.each([
    ['pl', ['x', '0,10000000', '-0,00', '1\u00a0230\u00a0000,5']],
    ['en', ['x', '0.10000000', '-0.00', '1,230,000.5']],
  ] as const)('keep every digit of an amount, with the marks of the language: %s', (language, shown) => {
    const given = line(['P_7', 'x'], ['P_9A', '0.10000000'], ['P_11', '-0.00'], ['P_11A', '1230000.5']);
    const [table] = tablesUnder(show([given], language), language === 'pl' ? 'Pozycje' : 'Lines');
    expect(table === undefined ? [] : cells(table)).toEqual([shown]);
  });
});

describe('sums', () => {
  it('name the rate that the lines have, and show tax in PLN beside it', () => {
    const fa = [
      line(['P_12', '22']),
      ...[
        ['P_13_1', '100.00'],
        ['P_14_1', '22.00'],
        ['P_14_1W', '94.60'],
      ].map(([n = '', t = '']) => el(n, t)),
    ];
    const [table] = tablesUnder(show([...fa, el('P_13_7', '5.00')]), 'Podsumowanie');
    expect(table?.columns.map(({ header }) => header)).toEqual(['Stawka', 'Wartość netto', 'VAT', 'VAT w PLN']);
    expect(table === undefined ? [] : cells(table)).toEqual([
      ['22%', '100,00', '22,00', '94,60'],
      ['zwolnione od podatku', '5,00', '', ''],
    ]);
  });

  it('name the rate that the lines of an order have', () => {
    const order = el('Zamowienie', [el('ZamowienieWiersz', [el('P_7Z', 'Maszt'), el('P_12Z', '23')])]);
    const [table] = tablesUnder(show([el('P_13_1', '100.00'), el('P_14_1', '23.00'), order]), 'Podsumowanie');
    expect(table === undefined ? [] : cells(table)).toEqual([['23%', '100,00', '23,00']]);
  });

  it('leave open which of two rates it is where the lines have both', () => {
    const fa = [line(['P_12', '23']), line(['P_12', '22']), el('P_13_1', '100.00'), el('P_14_1', '22.50')];
    const [table] = tablesUnder(show(fa), 'Podsumowanie');
    expect(table?.rows[0]?.[0]?.text).toBe('23% lub 22%');
  });
});

describe('a correction', () => {
  it('names what it corrects, and says which invoices are outside KSeF', () => {
    const corrected = (...fields: readonly DocumentElement[]) =>
      el('DaneFaKorygowanej', [el('DataWystFaKorygowanej', '2026-10-16'), ...fields]);
    const document = show([
      el('PrzyczynaKorekty', 'Zwrot'),
      corrected(el('NrFaKorygowanej', 'FV/1'), el('NrKSeF', '1'), el('NrKSeFFaKorygowanej', '5265877635-1')),
      corrected(el('NrFaKorygowanej', 'FV/2'), el('NrKSeFN', '1')),
    ]);
    const [table] = tablesUnder(document, 'Dane korekty');
    expect(table === undefined ? [] : cells(table)).toEqual([
      ['FV/1', '2026-10-16', '5265877635-1'],
      ['FV/2', '2026-10-16', 'Wystawiona poza KSeF'],
    ]);
  });
});

/** Names the amount of an invoice of that kind: `smallInvoice` has P_15 and a kind of its own. */
const ofKind = (kind: string, more: readonly DocumentElement[] = []): DocumentElement => {
  const invoice = smallInvoice({ fa: more });
  const children = invoice.children.map((part) =>
    part.name === 'Fa'
      ? { ...part, children: part.children.map((each) => (each.name === 'RodzajFaktury' ? el(each.name, kind) : each)) }
      : part,
  );
  return { ...invoice, children };
};

describe('kinds of invoice', () => {
  it.each([
    ['VAT', 'Faktura', 'Kwota należności ogółem'],
    ['KOR', 'Faktura korygująca', 'Korekta kwoty należności ogółem'],
    ['ZAL', 'Faktura zaliczkowa', 'Kwota otrzymanej zapłaty'],
    ['ROZ', 'Faktura rozliczeniowa', 'Kwota pozostała do zapłaty'],
    ['UPR', 'Faktura uproszczona', 'Kwota należności ogółem'],
    // P_15 of every correction is the difference, that of these two as well; what was before is P_15ZK.
    ['KOR_ZAL', 'Faktura korygująca fakturę zaliczkową', 'Korekta kwoty otrzymanej zapłaty'],
    ['KOR_ROZ', 'Faktura korygująca fakturę rozliczeniową', 'Korekta kwoty pozostałej do zapłaty'],
  ])('%s is titled, and its amount is named, by what they are', (kind, title, label) => {
    const document = invoiceDocument({ invoice: ofKind(kind), standing: 'offline', codes: [] }, 'pl');
    expect(document.title).toBe(title);
    expect(blocksUnder(document, 'Podsumowanie')).toEqual([{ kind: 'total', label, value: '123,00 PLN' }]);
  });
});

describe('an invoice', () => {
  it.each([
    ['draft', 'PODGLĄD. Ta faktura nie jest jeszcze wystawiona.'],
    ['not-issued', 'Ta faktura nie została wystawiona.'],
    ['refused', 'KSeF nie przyjął tego pliku.'],
    ['offline', undefined],
    ['total-failure', undefined],
  ] as const)('that is %s says so', (standing, notice) => {
    expect(invoiceDocument({ invoice: smallInvoice({}), standing, codes: [] }, 'pl').notice).toBe(notice);
  });

  it('carries its KSeF number', () => {
    const shown = { invoice: smallInvoice({}), standing: 'numbered', codes: [], ksefNumber: '5265877635-1' } as const;
    expect(invoiceDocument(shown, 'en').facts).toContainEqual({ label: 'KSeF number', value: '5265877635-1' });
  });

  it('shows elements of no known name under their own', () => {
    const texts = textsOf(invoiceDocument({ invoice: hostileInvoice, standing: 'offline', codes: [] }, 'en'));
    for (const text of ['Przyszly', 'Najglebiej', 'wartość sprzed lat', 'Nieznany']) expect(texts).toContain(text);
  });

  it('is shown when it holds nothing at all', () => {
    const document = invoiceDocument({ invoice: el('Faktura', []), standing: 'offline', codes: [] }, 'pl');
    expect(document.title).toBe('Faktura');
  });
});

describe('a transaction confirmation', () => {
  const fa = [
    line(['NrWierszaFa', '1'], ['P_7', 'Lampa'], ['P_12', '23']),
    ...[el('P_13_1', '100.00'), el('P_14_1', '23.00'), ANNOTATIONS({ P_18A: '1' })],
  ];
  const document = transactionConfirmation(smallInvoice({ fa }), [], 'pl');

  it('says that it is no invoice, and about which invoice it is', () => {
    expect(document.title).toBe('Potwierdzenie transakcji');
    expect(document.notice).toMatch(/^To nie jest faktura/);
    expect(document.facts[0]).toEqual({ label: 'Dotyczy faktury', value: 'FV/1' });
  });

  it('names parties, goods and value, and no tax that might be deducted', () => {
    const texts = textsOf(document);
    expect(texts).toEqual(
      expect.arrayContaining(['Latarnia Morska sp. z o.o.', 'Pensjonat Pod Klifem', 'Lampa', '123,00 PLN']),
    );
    expect(texts).not.toContain('23,00');
  });

  it('of an advance names the payment and the order, not the value of a transaction', () => {
    const order = el('Zamowienie', [el('ZamowienieWiersz', [el('P_7Z', 'Maszt')]), el('WartoscZamowienia', '500.00')]);
    const shown = transactionConfirmation(ofKind('ZAL', [order]), [], 'pl');
    expect(shown.facts).toContainEqual({ label: 'Rodzaj faktury', value: 'Faktura zaliczkowa (ZAL)' });
    const texts = textsOf(shown);
    expect(texts).toEqual(expect.arrayContaining(['Kwota otrzymanej zapłaty', 'Maszt', '500,00']));
    expect(texts).not.toContain('Wartość transakcji');
  });

  it('of a correction names what is corrected, and that the amount is a difference', () => {
    const corrected = el('DaneFaKorygowanej', [el('NrFaKorygowanej', 'FV/7'), el('NrKSeFN', '1')]);
    const shown = transactionConfirmation(ofKind('KOR', [el('PrzyczynaKorekty', 'Zwrot'), corrected]), [], 'pl');
    expect(textsOf(shown)).toEqual(expect.arrayContaining(['Zwrot', 'FV/7', 'Korekta kwoty należności ogółem']));
  });
});
