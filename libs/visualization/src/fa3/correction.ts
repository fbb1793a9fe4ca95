import type { DocumentElement } from '@latarnik/domain';
import { fieldsWithin, generalBlocks } from '../model/general-blocks.js';
import { Part } from '../model/part.js';
import type { Block, Cell, Field } from '../model/print-document.js';
import type { Words } from '../model/words.js';
import { partyCard } from './parties.js';

const FIELDS = [
  ...['PrzyczynaKorekty', 'TypKorekty', 'OkresFaKorygowanej', 'NrFaKorygowany', 'P_15ZK', 'KursWalutyZK'],
] as const;

/** Why and what is corrected, and the parties as they were (art. 106j ust. 2). */
export function correctionBlocks(invoice: Part, words: Words): readonly Block[] {
  const fields = invoice.takeAll(...FIELDS).flatMap((element) => fieldsWithin(element, words));
  const corrected = invoice.takeAll('DaneFaKorygowanej');
  const parties = invoice.takeAll('Podmiot1K', 'Podmiot2K');
  return [
    ...(fields.length === 0 ? [] : [{ kind: 'fields' as const, fields }]),
    ...(corrected.length === 0 ? [] : [correctedTable(corrected, words)]),
    ...(parties.length === 0
      ? []
      : [{ kind: 'cards' as const, cards: parties.map((party) => partyCard(party, words)) }]),
  ];
}

/** Invoices as a table; the marks of FA(3) become the words in the column of the KSeF number. */
function correctedTable(corrected: readonly DocumentElement[], words: Words): Block {
  return {
    kind: 'table',
    caption: words.label('DaneFaKorygowanej'),
    columns: [
      { header: words.label('NrFaKorygowanej'), align: 'start' },
      { header: words.label('DataWystFaKorygowanej'), align: 'start' },
      { header: words.say(['Numer KSeF', 'KSeF number']), align: 'start' },
    ],
    rows: corrected.map((element) => {
      const part = new Part(element);
      const number = part.text('NrFaKorygowanej') ?? '';
      const day = part.text('DataWystFaKorygowanej') ?? '';
      const ksef = ksefNumber(part, 'NrKSeFFaKorygowanej', 'NrKSeFN', words);
      const notes = part.rest().flatMap((other) => fieldsWithin(other, words));
      return [{ text: number, ...(notes.length === 0 ? {} : { notes }) }, { text: day }, { text: ksef }];
    }),
  };
}

/** Advance invoices that this one settles (art. 106f ust. 3). */
export function advanceInvoiceBlocks(invoice: Part, words: Words): readonly Block[] {
  const advances = invoice.takeAll('FakturaZaliczkowa');
  if (advances.length === 0) return [];
  const rows = advances.map((element): readonly Cell[] => {
    const part = new Part(element);
    const number = part.text('NrFaZaliczkowej') ?? '';
    const ksef = ksefNumber(part, 'NrKSeFFaZaliczkowej', 'NrKSeFZN', words);
    const notes: readonly Field[] = part.rest().flatMap((other) => fieldsWithin(other, words));
    return [{ text: number, ...(notes.length === 0 ? {} : { notes }) }, { text: ksef }];
  });
  const columns = [
    { header: words.label('NrFaZaliczkowej'), align: 'start' as const },
    { header: words.say(['Numer KSeF', 'KSeF number']), align: 'start' as const },
  ];
  // Those with a KSeF number are named by it alone.
  const from = rows.every(([number]) => number?.text === '' && number.notes === undefined) ? 1 : 0;
  const shown = { columns: columns.slice(from), rows: rows.map((row) => row.slice(from)) };
  return [{ kind: 'table', caption: words.label('FakturaZaliczkowa'), ...shown }];
}

/** The number, or that there is none; `NrKSeF` only announces it. */
function ksefNumber(part: Part, number: string, none: string, words: Words): string {
  const given = part.text(number);
  if (part.peek('NrKSeF') === '1') part.text('NrKSeF');
  const isOutside = part.peek(none) === '1';
  if (isOutside) part.text(none);
  return [given, isOutside ? words.label(none) : undefined].filter((text) => text !== undefined).join(', ');
}

/** Partial payments before delivery (art. 106b ust. 1 pkt 4). */
export const partialAdvanceBlocks = (invoice: Part, words: Words): readonly Block[] =>
  generalBlocks(invoice.takeAll('ZaliczkaCzesciowa'), words);
