import { describe, expect, it } from '@jest/globals';
import { Temporal } from '@latarnik/domain';

import {
  anInvoice,
  ATTACHMENT,
  bytesOf,
  codesOf,
  CORRECTION_OF,
  factsOf,
  findingsOf,
  read,
} from '../testing/documents.js';

const party3 = (identity: string): string =>
  `<Podmiot3><DaneIdentyfikacyjne>${identity}<Nazwa>Trzeci</Nazwa></DaneIdentyfikacyjne><Rola>2</Rola></Podmiot3>`;
const authorised = (nip: string): string =>
  `<PodmiotUpowazniony><DaneIdentyfikacyjne><NIP>${nip}</NIP><Nazwa>U</Nazwa></DaneIdentyfikacyjne><Adres><KodKraju>PL</KodKraju><AdresL1>x</AdresL1></Adres><RolaPU>1</RolaPU></PodmiotUpowazniony>`;

describe('what the schema has against a document', () => {
  it('is reported all at once, with what the text and the semantics have against it', () => {
    const found = findingsOf(
      anInvoice({
        sellerNip: '5265877636',
        issueDate: '2026-11-21',
        number: 'x&#x7f;',
        gross: '1,00',
        kind: 'FAKTURA',
      }),
    );
    expect(found).toEqual([
      {
        code: 'FORBIDDEN_CHARACTER',
        message: 'Character reference to U+007F is not allowed in an invoice; remove it or use a printable character.',
        line: 8,
      },
      {
        code: 'XSD_WRONG_FORMAT',
        message:
          "P_15: '1,00' is not allowed; expected an amount with a decimal point and at most 2 decimals, such as 1234.50.",
        line: 10,
        element: '/Faktura/Fa/P_15',
      },
      {
        code: 'XSD_VALUE_NOT_ALLOWED',
        message:
          "RodzajFaktury: 'FAKTURA' is not allowed; expected one of 'VAT', 'KOR', 'ZAL', 'ROZ', 'UPR', 'KOR_ZAL', 'KOR_ROZ'.",
        line: 12,
        element: '/Faktura/Fa/RodzajFaktury',
      },
      {
        code: 'ISSUE_DATE_IN_FUTURE',
        message: 'P_1 is 2026-11-21, later than today (2026-11-20); KSeF refuses a future issue date.',
        line: 7,
        element: '/Faktura/Fa/P_1',
      },
      {
        code: 'NIP_CHECK_DIGIT',
        message: "'5265877636' is not a NIP: its check digit is wrong. KSeF refuses the invoice in production.",
        line: 4,
        element: '/Faktura/Podmiot1/DaneIdentyfikacyjne/NIP',
      },
    ]);
  });

  it('names repeated elements by their place', () => {
    const row = (rate: string): string => `<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_12>${rate}</P_12></FaWiersz>\n`;
    const [finding] = findingsOf(anInvoice({ afterKind: `${row('23')}${row('23')}${row('19')}` }));
    expect(finding).toMatchObject({ code: 'XSD_VALUE_NOT_ALLOWED', line: 15, element: '/Faktura/Fa/FaWiersz[3]/P_12' });
  });

  it('names elements under prefixes too', () => {
    const foreign = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X/></ds:Signature>';
    expect(findingsOf(anInvoice({ tail: foreign }))).toEqual([
      {
        code: 'XSD_UNEXPECTED_ELEMENT',
        message: 'Signature does not belong here; expected one of Stopka, Zalacznik here.',
        line: 13,
        element: '/Faktura/Signature',
      },
    ]);
  });

  it('is cut at 200 findings, and says how many more there are', () => {
    const rows = '<FaWiersz><NrWierszaFa>x</NrWierszaFa></FaWiersz>'.repeat(250);
    const found = findingsOf(anInvoice({ afterKind: rows }));
    expect(found).toHaveLength(201);
    expect(found.at(-1)).toEqual({
      code: 'FINDINGS_CUT',
      message: '50 more findings are not listed; fix the ones above and check again.',
    });
  });
});

describe('the form', () => {
  const root = (name: string, namespace: string): string => `<${name} xmlns="${namespace}"/>`;
  it.each([
    ['FA(2)', root('Faktura', 'http://crd.gov.pl/wzor/2023/06/29/12648/')],
    ['FA(1)', root('Faktura', 'http://crd.gov.pl/wzor/2021/11/29/11089/')],
    ['FA_RR(1)', root('Faktura', 'http://crd.gov.pl/wzor/2026/03/06/14189/')],
    ['PEF (UBL Invoice)', root('Invoice', 'urn:oasis:names:specification:ubl:schema:xsd:Invoice-2')],
    ['PEF_KOR (UBL CreditNote)', root('CreditNote', 'urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2')],
  ])('%s is recognised and refused', (name, document) => {
    const [finding, ...more] = findingsOf(document);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code: 'FORM_NOT_SUPPORTED', line: 1 });
    expect(finding?.message).toContain(`in the form ${name};`);
  });

  it.each([root('Faktura', ''), root('faktura', 'http://crd.gov.pl/wzor/2025/06/25/13775/'), root('Order', 'urn:x')])(
    '%s is unknown',
    (document) => {
      expect(codesOf(document)).toEqual(['FORM_UNKNOWN']);
    },
  );
});

describe('semantics', () => {
  it.each([
    ['2026-11-19', []],
    ['2026-11-20', []],
    ['2026-11-21', ['ISSUE_DATE_IN_FUTURE']],
  ])('P_1 %s on 2026-11-20 gives %j', (issueDate, expected) => {
    const outcome = read(anInvoice({ issueDate }));
    expect(outcome.ok ? [] : outcome.error.map(({ code }) => code)).toEqual(expected);
    expect(read(anInvoice({ issueDate }), Temporal.PlainDate.from('2026-11-21')).ok).toBe(true);
  });

  it.each([
    ['buyer', { buyer: '<NIP>7712345600</NIP><Nazwa>x</Nazwa>' }, '/Faktura/Podmiot2/DaneIdentyfikacyjne/NIP'],
    ['third party', { afterBuyer: party3('<NIP>7712345600</NIP>') }, '/Faktura/Podmiot3/DaneIdentyfikacyjne/NIP'],
    [
      'authorised party',
      { afterBuyer: authorised('7712345600') },
      '/Faktura/PodmiotUpowazniony/DaneIdentyfikacyjne/NIP',
    ],
    ['unit', { afterBuyer: party3('<IDWew>7712345600-00001</IDWew>') }, '/Faktura/Podmiot3/DaneIdentyfikacyjne/IDWew'],
  ])('the check digit of the NIP of the %s is checked', (_who, pieces, element) => {
    expect(findingsOf(anInvoice(pieces))).toMatchObject([{ code: 'NIP_CHECK_DIGIT', element }]);
  });

  it('every third party is checked', () => {
    const two = `${party3('<NIP>7712345600</NIP>')}${party3('<NIP>7712345609</NIP>')}${party3('<NIP>7712345601</NIP>')}`;
    expect(codesOf(anInvoice({ afterBuyer: two }))).toEqual(['NIP_CHECK_DIGIT', 'NIP_CHECK_DIGIT']);
  });

  it('a malformed NIP is one finding, not two', () => {
    expect(codesOf(anInvoice({ sellerNip: '526587763' }))).toEqual(['XSD_WRONG_FORMAT']);
  });

  it('P_2 has at most 256 characters, those beyond the basic plane counting twice', () => {
    expect(factsOf(anInvoice({ number: 'ż'.repeat(256) })).number).toHaveLength(256);
    expect(codesOf(anInvoice({ number: 'ż'.repeat(257) }))).toEqual(['XSD_TOO_LONG']);
    expect(codesOf(anInvoice({ number: '😀'.repeat(129) }))).toEqual(['NUMBER_TOO_LONG']);
    expect(codesOf(anInvoice({ number: '😀'.repeat(257) }))).toEqual(['XSD_TOO_LONG']);
  });

  it('the check sum of a quoted KSeF number is checked, of corrected and of advance invoices', () => {
    const wrong = '5265877635-20250826-0100001AF629-AE';
    expect(findingsOf(anInvoice({ kind: 'KOR', afterKind: CORRECTION_OF(wrong) }))).toMatchObject([
      {
        code: 'KSEF_NUMBER_CHECKSUM',
        message: `'${wrong}' is not a KSeF number: its check sum is AE, expected AF.`,
        element: '/Faktura/Fa/DaneFaKorygowanej/NrKSeFFaKorygowanej',
      },
    ]);
    const advance = `<FakturaZaliczkowa><NrKSeFFaZaliczkowej>${wrong}</NrKSeFFaZaliczkowej></FakturaZaliczkowa>`;
    expect(codesOf(anInvoice({ kind: 'ROZ', afterKind: advance }))).toEqual(['KSEF_NUMBER_CHECKSUM']);
  });

  it('numbers of KSeF 1.0 and of issuers without NIP pass as far as the schema lets them', () => {
    for (const number of ['5265877635-20230826-010000-1AF629-00', 'M123456789-20250826-0100001AF629-7E']) {
      const outcome = read(anInvoice({ kind: 'KOR', afterKind: CORRECTION_OF(number) }));
      expect(outcome.ok ? [] : outcome.error.map(({ code }) => code)).toEqual(
        number.startsWith('M') ? ['KSEF_NUMBER_CHECKSUM'] : [],
      );
    }
  });
});

describe('size', () => {
  /** A document of exactly this many bytes: a comment fills it up. */
  const sized = (bytes: number, pieces: Parameters<typeof anInvoice>[0] = {}): string => {
    const invoice = anInvoice({ ...pieces, tail: `${pieces.tail ?? ''}<!--FILL-->` });
    return invoice.replace('FILL', 'x'.repeat(bytes - bytesOf(invoice).length + 4));
  };

  it('is at most 1 000 000 bytes, 3 000 000 with an attachment', () => {
    expect(bytesOf(sized(1_000_000))).toHaveLength(1_000_000);
    expect(read(sized(1_000_000)).ok).toBe(true);
    expect(codesOf(sized(1_000_001))).toEqual(['DOCUMENT_TOO_LARGE']);
    expect(read(sized(1_000_001, { tail: ATTACHMENT })).ok).toBe(true);
    expect(read(sized(3_000_000, { tail: ATTACHMENT })).ok).toBe(true);
    expect(findingsOf(sized(3_000_001, { tail: ATTACHMENT }))).toEqual([
      {
        code: 'DOCUMENT_TOO_LARGE',
        message: 'The document has 3000001 bytes; KSeF takes at most 3000000 even with an attachment.',
      },
    ]);
  });

  it('is not fooled by an attachment in a comment, and is reported with the rest', () => {
    const found = codesOf(sized(1_000_001, { tail: '<!--<Zalacznik/>-->', gross: 'x' }));
    expect(found).toEqual(['DOCUMENT_TOO_LARGE', 'XSD_WRONG_FORMAT']);
  });
});
