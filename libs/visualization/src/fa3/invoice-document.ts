import type { DocumentElement, DocumentLanguage, InvoiceStanding } from '@latarnik/domain';
import { fieldsWithin, generalBlocks } from '../model/general-blocks.js';
import { Part } from '../model/part.js';
import type { Block, Field, PrintCode, PrintDocument, Section } from '../model/print-document.js';
import type { Bilingual, Words } from '../model/words.js';
import { annotationBlocks } from './annotations.js';
import { attachmentBlocks } from './attachment.js';
import { advanceInvoiceBlocks, correctionBlocks, partialAdvanceBlocks } from './correction.js';
import { fa3Words } from './fa3-words.js';
import { lineTables } from './lines.js';
import { partyCard } from './parties.js';
import { vatSums } from './vat-sums.js';

export interface InvoiceToShow {
  readonly invoice: DocumentElement;
  readonly standing: InvoiceStanding;
  readonly codes: readonly PrintCode[];
  readonly ksefNumber?: string;
}

const PARTIES = ['Podmiot1', 'Podmiot2', 'Podmiot3', 'PodmiotUpowazniony'];
const DATES = ['P_1', 'P_1M', 'P_6', 'OkresFa', 'RodzajFaktury', 'KodWaluty', 'KursWalutyZ'];
const OTHERS = ['WZ', 'FP', 'TP', 'ZwrotAkcyzy', 'DodatkowyOpis'];

const TITLES: Readonly<Record<string, Bilingual>> = {
  VAT: ['Faktura', 'Invoice'],
  KOR: ['Faktura korygująca', 'Corrective invoice'],
  ZAL: ['Faktura zaliczkowa', 'Advance invoice'],
  ROZ: ['Faktura rozliczeniowa', 'Settlement invoice'],
  UPR: ['Faktura uproszczona', 'Simplified invoice'],
  KOR_ZAL: ['Faktura korygująca fakturę zaliczkową', 'Correction of an advance invoice'],
  KOR_ROZ: ['Faktura korygująca fakturę rozliczeniową', 'Correction of a settlement invoice'],
};

/** What P_15 is depends on the kind of invoice; on every correction it is the difference (FA(3) XSD, P_15 and P_15ZK). */
const TOTALS: Readonly<Record<string, Bilingual>> = {
  ZAL: ['Kwota otrzymanej zapłaty', 'Amount of the payment received'],
  ROZ: ['Kwota pozostała do zapłaty', 'Amount left to pay'],
  KOR: ['Korekta kwoty należności ogółem', 'Correction of the total amount due'],
  KOR_ZAL: ['Korekta kwoty otrzymanej zapłaty', 'Correction of the payment received'],
  KOR_ROZ: ['Korekta kwoty pozostałej do zapłaty', 'Correction of the amount left to pay'],
};

/** What P_15 of this kind of invoice is. @param otherwise for a kind of which nothing special is to be said */
export const totalLabel = (kind: string, otherwise: Bilingual, words: Words): string =>
  words.say(TOTALS[kind] ?? otherwise);

const NOTICES: Readonly<Partial<Record<InvoiceStanding, Bilingual>>> = {
  draft: ['PODGLĄD. Ta faktura nie jest jeszcze wystawiona.', 'PREVIEW. This invoice is not issued yet.'],
  refused: ['KSeF nie przyjął tego pliku.', 'KSeF did not take this file.'],
  'not-issued': ['Ta faktura nie została wystawiona.', 'This invoice was not issued.'],
};

/** An FA(3) invoice for a reader; what the file holds and this layout does not know is shown all the same. */
export function invoiceDocument(shown: InvoiceToShow, language: DocumentLanguage): PrintDocument {
  const words = fa3Words(language);
  const root = new Part(shown.invoice);
  const header = root.take('Naglowek');
  const invoice = new Part(root.take('Fa') ?? EMPTY);
  const kind = invoice.peek('RodzajFaktury') ?? '';
  const reference = invoice.text('P_2') ?? '';
  const notice = NOTICES[shown.standing];
  const facts = factsOf(invoice, shown.ksefNumber, words);
  const attachment = root.take('Zalacznik');
  return {
    language,
    title: words.say(TITLES[kind] ?? ['Faktura', 'Invoice']),
    reference,
    ...(notice === undefined ? {} : { notice: words.say(notice) }),
    facts,
    sections: [
      { blocks: [partiesOf(root, words)] },
      ...invoiceSections(invoice, kind, words),
      section(words.label('Stopka'), generalBlocks(root.take('Stopka')?.children ?? [], words)),
      section(words.say(['Inne elementy', 'Other elements']), generalBlocks(root.rest(), words)),
      codeSection(shown.codes, words),
      ...(attachment === undefined ? [] : [section(words.label('Zalacznik'), attachmentBlocks(attachment, words))]),
      section(words.label('Naglowek'), headerBlocks(header, words)),
    ].filter(({ blocks }) => blocks.length > 0),
  };
}

const EMPTY: DocumentElement = { name: '', attributes: [], children: [], text: '' };

/** A heading is said once, not again by the only thing beneath it. */
const section = (heading: string, blocks: readonly Block[]): Section => ({
  heading,
  blocks: blocks.flatMap((block): readonly Block[] => {
    if (block.kind === 'section' && block.heading === heading) return block.blocks;
    if (block.kind !== 'table' || block.caption !== heading) return [block];
    const { caption: _said, ...table } = block;
    return [table];
  }),
});

function factsOf(invoice: Part, ksefNumber: string | undefined, words: Words): readonly Field[] {
  return [
    ...(ksefNumber === undefined ? [] : [{ label: words.say(['Numer KSeF', 'KSeF number']), value: ksefNumber }]),
    ...DATES.flatMap((name) => invoice.takeAll(name)).flatMap((element) => fieldsWithin(element, words)),
  ];
}

export const partiesOf = (root: Part, words: Words): Block => ({
  kind: 'cards',
  cards: root.takeAll(...PARTIES).map((party) => partyCard(party, words)),
});

function invoiceSections(invoice: Part, kind: string, words: Words): readonly Section[] {
  const lines = invoice.takeAll('FaWiersz');
  const currency = invoice.element.children.find(({ name }) => name === 'KodWaluty')?.text ?? '';
  return [
    section(words.say(['Dane korekty', 'Correction']), correctionBlocks(invoice, words)),
    section(words.label('FaWiersz'), lineTables(lines, LINE_TEXTS, words)),
    section(words.say(['Podsumowanie', 'Summary']), sumBlocks(invoice, kind, lines, currency, words)),
    section(words.label('Zamowienie'), orderBlocks(invoice.take('Zamowienie'), words)),
    section(words.label('ZaliczkaCzesciowa'), partialAdvanceBlocks(invoice, words)),
    section(words.label('FakturaZaliczkowa'), advanceInvoiceBlocks(invoice, words)),
    section(words.label('Rozliczenie'), settlementBlocks(invoice.take('Rozliczenie'), currency, words)),
    section(words.label('Platnosc'), generalBlocks(invoice.take('Platnosc')?.children ?? [], words)),
    section(words.label('Adnotacje'), annotationBlocks(invoice.take('Adnotacje'), words)),
    section(words.label('DodatkowyOpis'), generalBlocks(invoice.takeAll(...OTHERS), words)),
    section(words.label('WarunkiTransakcji'), generalBlocks(invoice.take('WarunkiTransakcji')?.children ?? [], words)),
    section(words.say(['Inne dane faktury', 'Other data of the invoice']), generalBlocks(invoice.rest(), words)),
  ];
}

const LINE_TEXTS = {
  lines: ['Pozycje', 'Lines'],
  before: ['Pozycje przed korektą', 'Lines before the correction'],
  after: ['Pozycje po korekcie', 'Lines after the correction'],
} as const;

const ORDER_TEXTS = {
  lines: ['Pozycje zamówienia', 'Lines of the order'],
  before: ['Pozycje zamówienia przed korektą', 'Lines of the order before the correction'],
  after: ['Pozycje zamówienia po korekcie', 'Lines of the order after the correction'],
} as const;

function sumBlocks(
  invoice: Part,
  kind: string,
  lines: readonly DocumentElement[],
  currency: string,
  words: Words,
): readonly Block[] {
  const sums = vatSums(invoice, ratesOf(lines, invoice.peekAt('Zamowienie')), words);
  const total = invoice.text('P_15');
  const label = totalLabel(kind, ['Kwota należności ogółem', 'Total amount due'], words);
  return [
    ...(sums === undefined ? [] : [sums]),
    ...(total === undefined
      ? []
      : [{ kind: 'total' as const, label, value: `${words.value('P_15', total)} ${currency}` }]),
  ];
}

/** Rates of the lines, and of those of an order, which an advance invoice has instead. */
function ratesOf(lines: readonly DocumentElement[], order: DocumentElement | undefined): ReadonlySet<string> {
  const all = [...lines, ...(order?.children ?? [])].flatMap(({ children }) => children);
  return new Set(all.filter(({ name }) => name === 'P_12' || name === 'P_12Z').map(({ text }) => text));
}

export function orderBlocks(order: DocumentElement | undefined, words: Words): readonly Block[] {
  if (order === undefined) return [];
  const part = new Part(order);
  return [...lineTables(part.takeAll('ZamowienieWiersz'), ORDER_TEXTS, words), ...generalBlocks(part.rest(), words)];
}

/** Charges and deductions, and what is left to pay, which is what the buyer looks for. */
function settlementBlocks(settlement: DocumentElement | undefined, currency: string, words: Words): readonly Block[] {
  if (settlement === undefined) return [];
  const part = new Part(settlement);
  const payable = part.text('DoZaplaty');
  return [
    ...generalBlocks(part.rest(), words),
    ...(payable === undefined
      ? []
      : [
          {
            kind: 'total' as const,
            label: words.label('DoZaplaty'),
            value: `${words.value('DoZaplaty', payable)} ${currency}`,
          },
        ]),
  ];
}

export const codeSection = (codes: readonly PrintCode[], words: Words): Section => ({
  heading: words.say(['Weryfikacja w KSeF', 'Verification in KSeF']),
  blocks: codes.length === 0 ? [] : [{ kind: 'codes', codes }],
});

/** Form, variant, when and by what the file was made. */
function headerBlocks(header: DocumentElement | undefined, words: Words): readonly Block[] {
  if (header === undefined) return [];
  const fields = header.children.flatMap((child): readonly Field[] =>
    child.children.length === 0
      ? [
          { label: words.label(child.name), value: words.value(child.name, child.text) },
          ...child.attributes.map(({ name, value }) => ({ label: words.label(name), value })),
        ]
      : fieldsWithin(child, words),
  );
  return [{ kind: 'fields', fields }];
}
