import { describe, expect, it } from '@jest/globals';
import { Temporal } from '@latarnik/domain';

import { anInvoice, ATTACHMENT, CORRECTION_OF, factsOf } from '../testing/documents.js';

/** In the order of the schema. */
const sortedSums = (sums: string): string => {
  const place = (sum: string): number => Number(/P_1\d_(\d+)/.exec(sum)?.[1]);
  return (sums.match(/<(P_1\d_\w+)>[^<]*<\/\1>/g) ?? []).sort((a, b) => place(a) - place(b)).join('');
};

describe('facts of a valid document', () => {
  it('are the fields the product needs', () => {
    expect(factsOf(anInvoice())).toEqual({
      formCode: { systemCode: 'FA (3)', schemaVersion: '1-0E', value: 'FA' },
      kind: 'VAT',
      number: 'FV/1',
      issueDate: Temporal.PlainDate.from('2026-11-20'),
      sellerNip: '5265877635',
      sellerName: 'Sprzedawca',
      buyer: { kind: 'nip', nip: '7712345609' },
      buyerName: 'Nabywca',
      placeOfSupply: 'poland',
      currency: 'PLN',
      grossAmount: '123.00',
      selfBilling: false,
      hasAttachment: false,
      correctedKsefNumbers: [],
      correctedNumbers: [],
    });
    expect(factsOf(anInvoice({ issueDate: '2026-11-03' })).issueDate.toString()).toBe('2026-11-03');
  });

  it.each([
    ['<KodUE>DE</KodUE><NrVatUE>811999999</NrVatUE>', { kind: 'eu-vat', country: 'DE', number: '811999999' }],
    ['<KodKraju>NO</KodKraju><NrID>987 MVA</NrID>', { kind: 'foreign', country: 'NO', number: '987 MVA' }],
    ['<NrID>987 MVA</NrID>', { kind: 'foreign', number: '987 MVA' }],
    ['<BrakID>1</BrakID>', { kind: 'none' }],
  ])('tell the buyer %s apart', (buyer, expected) => {
    const facts = factsOf(anInvoice({ buyer }));
    expect(facts.buyer).toEqual(expected);
    expect(facts).not.toHaveProperty('buyerName');
  });

  it.each([
    ['<P_13_1>100.00</P_13_1><P_14_1>23.00</P_14_1>', 'poland'],
    ['<P_13_6_3>123.00</P_13_6_3>', 'poland'],
    ['<P_13_10>123.00</P_13_10>', 'poland'],
    ['<P_13_8>123.00</P_13_8>', 'abroad'],
    ['<P_13_9>123.00</P_13_9>', 'abroad'],
    ['<P_13_5>100.00</P_13_5><P_14_5>23.00</P_14_5>', 'abroad'],
    ['<P_13_8>100.00</P_13_8><P_13_7>23.00</P_13_7>', 'mixed'],
    ['<P_13_7>0.00</P_13_7><P_13_8>123.00</P_13_8>', 'abroad'],
  ])('tell by the sums %s where the supply takes place: %s', (sums, expected) => {
    const invoice = anInvoice().replace('<P_13_1>100.00</P_13_1><P_14_1>23.00</P_14_1>', sortedSums(sums));
    expect(factsOf(invoice).placeOfSupply).toBe(expected);
  });

  it('join text split by comments and CDATA sections, and collapse white space as the schema does', () => {
    const facts = factsOf(
      anInvoice({
        number: ' FV<!-- not part of it: <P_2>X</P_2> -->/<![CDATA[20]]>26&#47;1 \n ',
        gross: '<![CDATA[1]]><!-- 999 -->23.00',
        issueDate: '2026-<!-- 01 -->11-20',
        kind: '\n VAT ',
        sellerNip: '526<!-- 7712345609 -->587<![CDATA[7635]]>',
      }),
    );
    expect(facts).toMatchObject({ number: 'FV/2026/1', grossAmount: '123.00', kind: 'VAT', sellerNip: '5265877635' });
    expect(facts.issueDate.toString()).toBe('2026-11-20');
  });

  it('do not depend on prefixes, and see through look-alikes in comments', () => {
    const prefixed = anInvoice()
      .replaceAll(/<(\/?)([A-Z])/g, '<$1fa:$2')
      .replace('xmlns=', 'xmlns:fa=')
      .replace('<fa:Podmiot1>', '<!-- <Podmiot1><DaneIdentyfikacyjne><NIP>7712345609</NIP> --><fa:Podmiot1>');
    expect(factsOf(prefixed)).toEqual(factsOf(anInvoice()));
  });

  it.each([
    ['1', true],
    ['01', true],
    ['+1', true],
    ['2', false],
  ])('read P_17 "%s" as the number it is', (selfBilling, expected) => {
    expect(factsOf(anInvoice({ selfBilling })).selfBilling).toBe(expected);
  });

  it('list the originals of a correction; only those with a KSeF 2.0 number have one', () => {
    const withoutNumber =
      '<DaneFaKorygowanej><DataWystFaKorygowanej>2026-01-22</DataWystFaKorygowanej><NrFaKorygowanej>FV/00</NrFaKorygowanej><NrKSeFN>1</NrKSeFN></DaneFaKorygowanej>';
    const facts = factsOf(
      anInvoice({
        kind: 'KOR',
        afterKind: `${CORRECTION_OF('5265877635-20250826-0100001AF629-AF')}${withoutNumber}${CORRECTION_OF('5265877635-20230826-010000-1AF629-00')}`,
      }),
    );
    expect(facts.correctedKsefNumbers).toEqual(['5265877635-20250826-0100001AF629-AF']);
    expect(facts.correctedNumbers).toEqual(['FV/0', 'FV/00', 'FV/0']);
  });

  it('know an attachment', () => {
    expect(factsOf(anInvoice({ tail: ATTACHMENT })).hasAttachment).toBe(true);
  });
});
