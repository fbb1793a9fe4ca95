import { describe, expect, it } from '@jest/globals';

import type { Fa3InvoiceModel } from './model/invoice.js';
import { aModel, bytesOf, factsOf, modelFindingsOf, xmlOf } from '../testing/documents.js';

type Line = NonNullable<Fa3InvoiceModel['lines']>[number];
const aLine = (change: Partial<Line>): Line => ({ name: 'Towar', netAmount: '100.00', vatRate: '23', ...change });

/** The summary fields of the XML as `P_13_1=100.00 P_14_1=23.00 P_15=123.00`. */
function summaryOf(model: Fa3InvoiceModel): string {
  const xml = xmlOf(model);
  factsOf(bytesOf(xml));
  return Array.from(xml.matchAll(/<(P_1[345]\w*)>(.*?)</g), ([, name, value]) => `${name}=${value}`).join(' ');
}

describe('a built document', () => {
  it('says when it was made and by what, and holds the facts of the model', () => {
    const xml = xmlOf(aModel());
    expect(xml).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Faktura xmlns="http:\/\/crd.gov.pl\/wzor\/2025\/06\/25\/13775\/">/,
    );
    expect(xml).toContain('<DataWytworzeniaFa>2026-11-20T09:30:15Z</DataWytworzeniaFa>');
    expect(factsOf(xml)).toMatchObject({ number: 'FV/1', kind: 'VAT', grossAmount: '123.00', sellerNip: '5265877635' });
  });

  it.each<[string, Fa3InvoiceModel['buyer']['identifier']]>([
    ['a NIP', { kind: 'nip', nip: '7712345609' }],
    ['an EU VAT number', { kind: 'eu-vat', country: 'DE', number: '811999999' }],
    ['a foreign number', { kind: 'foreign', country: 'NO', number: '987 MVA' }],
    ['a foreign number without country', { kind: 'foreign', number: '987 MVA' }],
    ['nothing', { kind: 'none' }],
  ])('knows a buyer by %s', (_name, identifier) => {
    expect(factsOf(xmlOf(aModel({ buyer: { identifier } }))).buyer).toEqual(identifier);
  });

  it('escapes what XML needs escaped and writes one line for one-line fields', () => {
    const number = ' <FV>\n & "1" ]]> \'&amp;\' ';
    expect(factsOf(xmlOf(aModel({ number }))).number).toBe(`<FV> & "1" ]]> '&amp;'`);
  });

  it('keeps the lines of a footer', () => {
    expect(xmlOf(aModel({ footer: { texts: ['pierwsza\r\n druga'] } }))).toContain(
      '<StopkaFaktury>pierwsza\n druga</StopkaFaktury>',
    );
  });

  it('writes every part of the model where the schema wants it', () => {
    const address = { country: 'DE', line1: 'Hafenstraße 12', line2: '18055 Rostock', gln: '4012345000009' };
    const contacts = [{ email: 'a@b.example', phone: '+49 381 1' }];
    const model = aModel({
      issuePlace: 'Gdynia',
      salePeriod: { from: '2026-10-01', to: '2026-10-31' },
      deliveryNotes: ['WZ/1', 'WZ/2'],
      seller: { ...aModel().seller, eori: 'PL1', correspondenceAddress: address, euVatPrefix: true, contacts },
      buyer: {
        identifier: { kind: 'nip', nip: '7712345609' },
        name: 'N',
        address,
        correspondenceAddress: address,
        eori: 'DE1',
        contacts,
        customerNumber: 'K1',
        key: 'B1',
        localGovernmentUnit: true,
        vatGroupMember: true,
      },
      thirdParties: [
        { identifier: { kind: 'internal-id', id: '7712345609-00001' }, name: 'J', role: 'local-government-recipient' },
        { identifier: { kind: 'none' }, otherRole: 'Przewoźnik', sharePercent: '33.5', key: 'B2', address, contacts },
      ],
      lines: [
        {
          lineNumber: 7,
          uniqueId: 'u',
          saleDate: '2026-10-05',
          name: 'x',
          sku: 's',
          gtin: '5901234123457',
          pkwiu: '1',
          cn: '2',
          pkob: '3',
          unit: 'szt.',
          quantity: '2.5',
          unitNetPrice: '10.00000001',
          discount: '5',
          vatRate: '8',
          annex15: true,
          exciseAmount: '1',
          gtu: 'GTU_13',
          procedure: 'I_42',
        },
      ],
      cashMethod: true,
      splitPayment: true,
      simplifiedTriangular: true,
      fiscalReceipt: true,
      relatedParties: true,
      exciseRefund: true,
      exemption: { basis: 'directive', provision: 'art. 132' },
      payment: {
        dueDates: ['2026-12-01', '2026-12-31'],
        otherMethod: 'barter',
        bankAccounts: [{ number: 'PL 61 1090 1014', swift: 'WBKPPLPP', bankName: 'B', description: 'o' }],
      },
      notes: [{ key: 'k', value: 'v', line: 7 }],
      footer: { registers: [{ fullName: 'S', krs: '0000000000', regon: '000000000', bdo: '000000001' }] },
    });
    expect(summaryOf(model)).toBe('P_13_2=20.00 P_14_2=1.60 P_15=21.60');
  });
});

describe('sums', () => {
  it('VAT is computed on the sum of a rate, not line by line', () => {
    const lines = Array.from({ length: 3 }, () => aLine({ netAmount: '0.10', vatRate: '23' }));
    // 3 x round(0.10 x 23 %) would be 0.06
    expect(summaryOf(aModel({ lines }))).toBe('P_13_1=0.30 P_14_1=0.07 P_15=0.37');
  });

  it('rates that share a field are computed apart and added', () => {
    const lines = [
      aLine({ vatRate: '23' }),
      aLine({ vatRate: '22' }),
      aLine({ vatRate: '4' }),
      aLine({ vatRate: '3' }),
    ];
    expect(summaryOf(aModel({ lines }))).toBe('P_13_1=200.00 P_14_1=45.00 P_13_4=200.00 P_14_4=7.00 P_15=452.00');
  });

  it('every rate has its field, in the order of the schema', () => {
    const rates = ['oo', 'np II', 'np I', 'zw', '0 EX', '0 WDT', '0 KR', '5', '7', '8'] as const;
    const lines = rates.map((vatRate, at) => aLine({ vatRate, netAmount: `${at + 1}` }));
    const exemption = { basis: 'act', provision: 'art. 43' } as const;
    expect(summaryOf(aModel({ lines, exemption }))).toBe(
      'P_13_2=19.00 P_14_2=1.43 P_13_3=8.00 P_14_3=0.40 P_13_6_1=7.00 P_13_6_2=6.00 P_13_6_3=5.00 P_13_7=4.00 ' +
        'P_13_8=3.00 P_13_9=2.00 P_13_10=1.00 P_15=56.83',
    );
    expect(xmlOf(aModel({ lines, exemption }))).toContain('<P_18>1</P_18>');
  });

  it('in another currency VAT is stated in PLN too: of the rate, or of each exchange rate', () => {
    const foreign = (lines: Line[], exchangeRate?: string): string =>
      summaryOf(aModel({ currency: 'EUR', lines, ...(exchangeRate === undefined ? {} : { exchangeRate }) }));
    expect(foreign([aLine({ netAmount: '1874.50' })], '4.2528')).toBe(
      'P_13_1=1874.50 P_14_1=431.14 P_14_1W=1833.55 P_15=2305.64',
    );
    const two = [
      aLine({ netAmount: '10.00', exchangeRate: '4.1' }),
      aLine({ netAmount: '10.00', exchangeRate: '4.3' }),
    ];
    expect(foreign(two)).toBe('P_13_1=20.00 P_14_1=4.60 P_14_1W=19.32 P_15=24.60');
    expect(foreign([aLine({ vatRate: '0 WDT' })])).toBe('P_13_6_2=100.00 P_15=100.00');
  });

  it('an advance holds its VAT: gross x rate / (100 + rate)', () => {
    const order = { lines: [{ name: 'Dom', netAmount: '1000.00', vatRate: '8' as const }] };
    const advance = {
      amounts: [
        { vatRate: '8' as const, grossAmount: '100.00' },
        { vatRate: 'np I' as const, grossAmount: '5' },
      ],
    };
    const { lines: _, ...model } = aModel({ kind: 'ZAL', order, advance });
    expect(summaryOf(model)).toBe('P_13_2=92.59 P_14_2=7.41 P_13_8=5.00 P_15=105.00');
    expect(xmlOf(model)).toContain('<WartoscZamowienia>1080.00</WartoscZamowienia>');
  });

  it('an advance in another currency carries its rate', () => {
    const order = { lines: [{ name: 'Dom', netAmount: '1000.00', vatRate: '23' as const }] };
    const advance = { amounts: [{ vatRate: '23' as const, grossAmount: '123.00' }] };
    const { lines: _, ...model } = aModel({ kind: 'ZAL', currency: 'EUR', exchangeRate: '4.25', order, advance });
    expect(summaryOf(model)).toBe('P_13_1=100.00 P_14_1=23.00 P_14_1W=97.75 P_15=123.00');
    expect(xmlOf(model)).toContain('<KursWalutyZ>4.25</KursWalutyZ>');
  });

  it('a settlement takes its advances off', () => {
    const settledAdvances = [
      { number: 'FZ/1', amounts: [{ vatRate: '23' as const, netAmount: '40.00', vatAmount: '9.20' }] },
      {
        ksefNumber: '5265877635-20250826-0100001AF629-AF',
        amounts: [{ vatRate: '23' as const, netAmount: '60.00', vatAmount: '13.80' }],
      },
    ];
    const model = aModel({ kind: 'ROZ', lines: [aLine({}), aLine({ vatRate: '8' })], settledAdvances });
    expect(summaryOf(model)).toBe('P_13_1=0.00 P_14_1=0.00 P_13_2=100.00 P_14_2=8.00 P_15=108.00');
    expect(xmlOf(model)).toMatch(/<NrKSeFZN>1<\/NrKSeFZN>\s*<NrFaZaliczkowej>FZ\/1</);
  });

  it('a correction counts lines from before it with the opposite sign', () => {
    const correction = {
      originals: [{ issueDate: '2026-10-16', number: 'FV/0', ksefNumber: '5265877635-20250826-0100001AF629-AF' }],
    };
    const lines = [aLine({ beforeCorrection: true }), aLine({ netAmount: '75.00' })];
    const model = aModel({ kind: 'KOR', correction, lines });
    expect(summaryOf(model)).toBe('P_13_1=-25.00 P_14_1=-5.75 P_15=-30.75');
    expect(factsOf(xmlOf(model))).toMatchObject({
      kind: 'KOR',
      correctedNumbers: ['FV/0'],
      correctedKsefNumbers: ['5265877635-20250826-0100001AF629-AF'],
    });
  });

  it('corrections of advances and settlements, and all a correction can carry', () => {
    const correction = {
      reason: 'zmiana kwoty',
      effect: 'other-date' as const,
      originals: [{ issueDate: '2026-01-16', number: 'FZ/0' }],
      period: 'I kwartał 2026',
      correctNumber: 'FZ/1',
      seller: { nip: '5265877635', name: 'Stara nazwa', address: { line1: 'x' } },
      buyers: [{ identifier: { kind: 'none' as const }, name: 'y', address: { line1: 'x' }, key: '1' }],
      amountBefore: '123.00',
    };
    const vatSummary = [{ vatRate: '23' as const, netAmount: '-10.00', vatAmount: '-2.30' }];
    const { lines: _, ...advance } = aModel({ kind: 'KOR_ZAL', correction, vatSummary });
    expect(summaryOf(advance)).toBe('P_13_1=-10.00 P_14_1=-2.30 P_15=-12.30 P_15ZK=123.00');
    expect(summaryOf(aModel({ kind: 'KOR_ROZ', correction, vatSummary, grossTotal: '-1' }))).toContain('P_15=-1.00');
  });

  it('given sums are taken as they are; a simplified invoice needs none', () => {
    const vatSummary = [{ vatRate: '23' as const, netAmount: '100', vatAmount: '22.99', vatAmountPln: '99' }];
    expect(summaryOf(aModel({ currency: 'EUR', vatSummary }))).toBe(
      'P_13_1=100.00 P_14_1=22.99 P_14_1W=99.00 P_15=122.99',
    );
    const simplified = aModel({ kind: 'UPR', lines: [{ name: 'Towar' }], grossTotal: '450' });
    expect(summaryOf(simplified)).toBe('P_15=450.00');
  });
});

describe('a model that cannot be written', () => {
  const refused = (change: object, base: object = aModel()): string[] =>
    modelFindingsOf({ ...base, ...change }).map(({ code, element }) => `${code} ${element}`);

  it('is refused with every field that is wrong', () => {
    expect(
      refused({
        number: 5,
        issueDate: '2026-02-30',
        currency: 'ZZZ',
        seller: { nip: '5265877636', name: 'a\u0080', address: { line1: ' ', country: 'XX' }, vat: 1 },
        lines: [{ name: 'x'.repeat(513), quantity: '1,5', unitNetPrice: '01', vatRate: '24' }, { vatRate: '23' }],
        payment: { dueDates: ['2016-06-30'] },
        extra: true,
      }),
    ).toEqual([
      'WRONG_TYPE number',
      'WRONG_FORMAT issueDate',
      'VALUE_NOT_ALLOWED currency',
      'NIP_INVALID seller.nip',
      'FORBIDDEN_CHARACTER seller.name',
      'VALUE_NOT_ALLOWED seller.address.country',
      'TEXT_EMPTY seller.address.line1',
      'FIELD_UNKNOWN seller.vat',
      'TEXT_TOO_LONG lines[0].name',
      'WRONG_FORMAT lines[0].quantity',
      'WRONG_FORMAT lines[0].unitNetPrice',
      'VALUE_NOT_ALLOWED lines[0].vatRate',
      'FIELD_MISSING lines[1].name',
      'OUT_OF_RANGE payment.dueDates[0]',
      'FIELD_UNKNOWN extra',
    ]);
  });

  it('amounts are strings: numbers are refused, and the message says so', () => {
    const [finding] = modelFindingsOf(aModel({ grossTotal: 12.5 as unknown as string }));
    expect(finding).toEqual({
      code: 'WRONG_TYPE',
      message: 'The value is a number; expected a string. Amounts are strings too: "12.50".',
      element: 'grossTotal',
    });
  });

  it.each([undefined, null, 1, 'x', [], [{}], new Date(0)])('%p is no model', (model) => {
    expect(modelFindingsOf(model).length).toBeGreaterThan(0);
  });

  it('own properties named like those of Object.prototype are unknown fields', () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"number":"FV/1"},"constructor":1}');
    const found = modelFindingsOf(hostile).map(({ code, element }) => `${code} ${element}`);
    expect(found).toEqual(
      expect.arrayContaining(['FIELD_MISSING number', 'FIELD_UNKNOWN __proto__', 'FIELD_UNKNOWN constructor']),
    );
  });

  it.each<[string, object, string[]]>([
    ['a correction without originals', { kind: 'KOR' }, ['SECTION_MISSING correction']],
    [
      'a correction on an ordinary invoice',
      { correction: { originals: [{ issueDate: '2026-01-01', number: 'x' }] } },
      ['SECTION_NOT_ALLOWED correction'],
    ],
    ['an advance without order', { kind: 'ZAL', lines: [] }, ['SECTION_MISSING advance', 'SECTION_MISSING order']],
    [
      'an advance with lines',
      { kind: 'ZAL', advance: { amounts: [{ vatRate: '8', grossAmount: '1' }] }, order: { lines: [aLine({})] } },
      ['SECTION_NOT_ALLOWED lines'],
    ],
    ['a settlement of nothing', { kind: 'ROZ' }, ['SECTION_MISSING settledAdvances']],
    ['no lines', { lines: [] }, ['SECTION_MISSING lines']],
    [
      'a correction of an advance without sums',
      { kind: 'KOR_ZAL', lines: [], correction: { originals: [{ issueDate: '2026-01-01', number: 'x' }] } },
      ['SECTION_MISSING vatSummary'],
    ],
    ['a line without amounts', { lines: [{ name: 'x', vatRate: '23' }] }, ['LINE_AMOUNT_MISSING lines[0]']],
    ['a line without rate', { lines: [{ name: 'x', netAmount: '1' }] }, ['FIELD_MISSING lines[0].vatRate']],
    [
      'a line from before no correction',
      { lines: [aLine({ beforeCorrection: true })] },
      ['LINE_BEFORE_CORRECTION lines[0].beforeCorrection'],
    ],
    ['an exempt line without provision', { lines: [aLine({ vatRate: 'zw' })] }, ['EXEMPTION_MISSING exemption']],
    [
      'a contradicted reverse charge',
      { lines: [aLine({ vatRate: 'oo' })], reverseCharge: false },
      ['REVERSE_CHARGE_CONTRADICTED reverseCharge'],
    ],
    ['a rate of exchange for PLN', { exchangeRate: '4.2' }, ['NOT_FOR_PLN exchangeRate']],
    ['no rate of exchange', { currency: 'EUR' }, ['EXCHANGE_RATE_MISSING exchangeRate']],
    ['a rate of 0', { currency: 'EUR', exchangeRate: '0.00' }, ['WRONG_FORMAT exchangeRate']],
    [
      'VAT for an untaxed rate',
      { vatSummary: [{ vatRate: 'oo', netAmount: '1', vatAmount: '1' }] },
      ['VAT_NOT_ALLOWED vatSummary[0].vatAmount'],
    ],
    [
      'no VAT for a taxed rate',
      { vatSummary: [{ vatRate: '5', netAmount: '1' }] },
      ['FIELD_MISSING vatSummary[0].vatAmount'],
    ],
    [
      'a third party without role',
      { thirdParties: [{ identifier: { kind: 'none' } }] },
      ['CHOOSE_ONE thirdParties[0]'],
    ],
    [
      'two dates of sale',
      { saleDate: '2026-11-01', salePeriod: { from: '2026-11-01', to: '2026-11-02' } },
      ['CHOOSE_ONE saleDate'],
    ],
    ['two forms of payment', { payment: { method: 'cash', otherMethod: 'x' } }, ['CHOOSE_ONE payment']],
    [
      'an unknown kind of buyer',
      { buyer: { identifier: { kind: 'pesel', pesel: '1' } } },
      ['VALUE_NOT_ALLOWED buyer.identifier.kind'],
    ],
    [
      'a wrong KSeF number',
      {
        kind: 'KOR',
        correction: {
          originals: [{ issueDate: '2026-01-01', number: 'x', ksefNumber: '5265877635-20250826-0100001AF629-AE' }],
        },
      },
      ['KSEF_NUMBER_CHECKSUM correction.originals[0].ksefNumber'],
    ],
    ['a sum beyond FA(3)', { lines: [aLine({ netAmount: '9999999999999999.99' })] }, ['AMOUNT_TOO_LARGE grossTotal']],
    [
      'a product beyond FA(3)',
      { lines: [{ name: 'x', quantity: '9999999999999999', unitNetPrice: '99999999999999', vatRate: 'np I' }] },
      ['AMOUNT_TOO_LARGE lines[0]', 'AMOUNT_TOO_LARGE grossTotal', 'AMOUNT_TOO_LARGE vatSummary'],
    ],
  ])('%s is refused', (_name, change, expected) => {
    expect(refused(change)).toEqual(expected);
  });

  it('findings are cut at 200', () => {
    const found = modelFindingsOf(aModel({ lines: Array.from({ length: 300 }, () => aLine({ quantity: 'x' })) }));
    expect(found).toHaveLength(201);
    expect(found.at(-1)?.code).toBe('FINDINGS_CUT');
  });
});
