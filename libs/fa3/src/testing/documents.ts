import { type Clock, type Finding, type InvoiceFacts, type PlainDate, type Result, Temporal } from '@latarnik/domain';

import { Fa3InvoiceDocuments } from '../fa3-invoice-documents.js';
import type { Fa3InvoiceModel } from '../build/model/invoice.js';
import { fa3Schema } from '../schema/fa3-schema.js';

export const TODAY: PlainDate = Temporal.PlainDate.from('2026-11-20');
export const clock: Clock = { now: () => Temporal.Instant.from('2026-11-20T09:30:15.250Z') };

export const documents = new Fa3InvoiceDocuments(fa3Schema(), clock);

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const read = (document: string | Uint8Array, today = TODAY): Result<InvoiceFacts, readonly Finding[]> =>
  documents.read(typeof document === 'string' ? bytesOf(document) : document, today);

/** The findings of a document that must have some. */
export function findingsOf(document: string | Uint8Array, today = TODAY): readonly Finding[] {
  const outcome = read(document, today);
  if (outcome.ok) throw new Error('the document was accepted');
  return outcome.error;
}

export const codesOf = (document: string | Uint8Array, today = TODAY): readonly string[] =>
  findingsOf(document, today).map(({ code }) => code);

/** The facts of a document that must have no findings. */
export function factsOf(document: string | Uint8Array, today = TODAY): InvoiceFacts {
  const outcome = read(document, today);
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.error, undefined, 2)}`);
  return outcome.value;
}

/** Pieces of a small valid invoice that a test replaces. */
export interface Pieces {
  readonly prolog: string;
  readonly rootAttributes: string;
  readonly sellerNip: string;
  readonly buyer: string;
  readonly afterBuyer: string;
  readonly issueDate: string;
  readonly number: string;
  readonly gross: string;
  readonly selfBilling: string;
  readonly kind: string;
  readonly afterKind: string;
  readonly tail: string;
}

const DEFAULTS: Pieces = {
  prolog: '<?xml version="1.0" encoding="UTF-8"?>\n',
  rootAttributes: '',
  sellerNip: '5265877635',
  buyer: '<NIP>7712345609</NIP><Nazwa>Nabywca</Nazwa>',
  afterBuyer: '',
  issueDate: '2026-11-20',
  number: 'FV/1',
  gross: '123.00',
  selfBilling: '2',
  kind: 'VAT',
  afterKind: '<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_7>Towar</P_7><P_11>100.00</P_11><P_12>23</P_12></FaWiersz>',
  tail: '',
};

/** A small valid FA(3) invoice, one element per line from `P_1` on. */
export function anInvoice(change: Partial<Pieces> = {}): string {
  const pieces = { ...DEFAULTS, ...change };
  return `${pieces.prolog}<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/"${pieces.rootAttributes}>
<Naglowek><KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza><WariantFormularza>3</WariantFormularza><DataWytworzeniaFa>2026-11-20T08:00:00Z</DataWytworzeniaFa></Naglowek>
<Podmiot1><DaneIdentyfikacyjne><NIP>${pieces.sellerNip}</NIP><Nazwa>Sprzedawca</Nazwa></DaneIdentyfikacyjne><Adres><KodKraju>PL</KodKraju><AdresL1>ul. Prosta 1</AdresL1></Adres></Podmiot1>
<Podmiot2><DaneIdentyfikacyjne>${pieces.buyer}</DaneIdentyfikacyjne><JST>2</JST><GV>2</GV></Podmiot2>${pieces.afterBuyer}
<Fa><KodWaluty>PLN</KodWaluty>
<P_1>${pieces.issueDate}</P_1>
<P_2>${pieces.number}</P_2>
<P_13_1>100.00</P_13_1><P_14_1>23.00</P_14_1>
<P_15>${pieces.gross}</P_15>
<Adnotacje><P_16>2</P_16><P_17>${pieces.selfBilling}</P_17><P_18>2</P_18><P_18A>2</P_18A><Zwolnienie><P_19N>1</P_19N></Zwolnienie><NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu><P_23>2</P_23><PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje>
<RodzajFaktury>${pieces.kind}</RodzajFaktury>
${pieces.afterKind}</Fa>${pieces.tail}
</Faktura>`;
}

export const CORRECTION_OF = (ksefNumber: string): string =>
  `<DaneFaKorygowanej><DataWystFaKorygowanej>2026-10-16</DataWystFaKorygowanej><NrFaKorygowanej>FV/0</NrFaKorygowanej>` +
  `<NrKSeF>1</NrKSeF><NrKSeFFaKorygowanej>${ksefNumber}</NrKSeFFaKorygowanej></DaneFaKorygowanej>`;

export const ATTACHMENT =
  '<Zalacznik><BlokDanych><MetaDane><ZKlucz>k</ZKlucz><ZWartosc>w</ZWartosc></MetaDane></BlokDanych></Zalacznik>';

/** A small valid model. */
export const aModel = (change: Partial<Fa3InvoiceModel> = {}): Fa3InvoiceModel => ({
  number: 'FV/1',
  issueDate: '2026-11-20',
  seller: { nip: '5265877635', name: 'Sprzedawca', address: { line1: 'ul. Prosta 1', line2: '00-001 Warszawa' } },
  buyer: { identifier: { kind: 'nip', nip: '7712345609' }, name: 'Nabywca' },
  lines: [{ name: 'Towar', quantity: '2', unitNetPrice: '50.00', vatRate: '23' }],
  ...change,
});

/** The XML built from a model that must be valid. */
export function xmlOf(model: unknown): string {
  const built = documents.build(model);
  if (!built.ok) throw new Error(`refused: ${JSON.stringify(built.error, undefined, 2)}`);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(built.value);
}

/** The findings of a model that must have some. */
export function modelFindingsOf(model: unknown): readonly Finding[] {
  const built = documents.build(model);
  if (built.ok) throw new Error('the model was accepted');
  return built.error;
}
