import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { sampleInvoice } from '../testing/sample-invoice.js';
import { type Examination, examineInvoice } from './examine-invoice.js';
import { Fa3Schema, packagedSchemas } from './fa3-schema.js';

const SELLER = '5265877635';
/** 2026-11-20, 23:30 in Warsaw: still the 20th there. */
const NOW = Date.parse('2026-11-20T22:30:00Z');
const invoice = { number: 'FV/1', sellerNip: SELLER, issueDate: '2026-11-20' };

let schema: Fa3Schema;
beforeAll(() => {
  schema = Fa3Schema.compile(packagedSchemas());
});
afterAll(() => {
  schema.dispose();
});

const examine = (xml: string | Buffer, strictNip = true): Examination =>
  examineInvoice(Buffer.isBuffer(xml) ? xml : Buffer.from(xml), schema, { invoicingAt: NOW, strictNip });

const codeOf = (examination: Examination): number => (examination.ok ? 200 : examination.rejection.code);

it('reads what KSeF reads from a correct invoice', () => {
  const examination = examine(sampleInvoice({ ...invoice, selfInvoicing: true }));

  expect(examination).toEqual({
    ok: true,
    facts: {
      invoiceNumber: 'FV/1',
      issueDate: '2026-11-20',
      kind: 'VAT',
      sellerNip: SELLER,
      sellerName: 'Sprzedawca sp. z o.o.',
      buyer: { type: 'Nip', value: '5265877635', name: 'Nabywca S.A.' },
      thirdSubjects: [],
      authorized: undefined,
      currency: 'PLN',
      netAmount: 100,
      vatAmount: 23,
      grossAmount: 123,
      selfInvoicing: true,
      hasAttachment: false,
    },
  });
});

it('sees an attachment', () => {
  expect(examine(sampleInvoice({ ...invoice, attachment: true }))).toMatchObject({ facts: { hasAttachment: true } });
});

it('compares P_1 with the day in Warsaw', () => {
  expect(codeOf(examine(sampleInvoice({ ...invoice, issueDate: '2026-11-20' })))).toBe(200);
  expect(codeOf(examine(sampleInvoice({ ...invoice, issueDate: '2026-11-21' })))).toBe(450);
});

it('rejects what the schema rejects, with its findings', () => {
  const examination = examine(sampleInvoice(invoice).replace('<P_15>123.00</P_15>', ''));

  expect(examination).toMatchObject({ ok: false, rejection: { code: 450 } });
  expect(JSON.stringify(examination)).toContain('Adnotacje');
});

it('checks NIP check digits only when strict', () => {
  const wrong = sampleInvoice({ ...invoice, buyerNip: '5265877636' });

  expect(codeOf(examine(wrong))).toBe(450);
  expect(codeOf(examine(wrong, false))).toBe(200);
});

describe('strict XML', () => {
  const good = sampleInvoice(invoice);
  it.each([
    ['a byte order mark', `\ufeff${good}`],
    ['a foreign encoding in the prolog', good.replace('UTF-8', 'windows-1250')],
    ['a processing instruction', good.replace('<Naglowek>', '<?print now?><Naglowek>')],
    ['a document type declaration', good.replace('<Faktura', '<!DOCTYPE Faktura>\n<Faktura')],
    ['a discouraged character', good.replace('latarniana', 'latar\u0085\u0086niana')],
    ['a discouraged character reference', good.replace('latarniana', 'latar&#x7F;niana')],
    ['a noncharacter of a higher plane', good.replace('latarniana', 'latar\u{1fffe}niana')],
    ['unfinished XML', good.slice(0, -20)],
  ])('rejects %s with 430', (_name, xml) => {
    expect(codeOf(examine(xml))).toBe(430);
  });

  it('rejects bytes that are not UTF-8', () => {
    expect(codeOf(examine(Buffer.from(good.replace('latarniana', 'Łódź'), 'latin1')))).toBe(430);
  });

  it('accepts a document without prolog, with comments and CDATA that look like instructions', () => {
    const unusual = good
      .replace(/^<\?xml[^\n]*\n/, '')
      .replace('<Naglowek>', '<!-- <?no?> --><Naglowek>')
      .replace('Usługa latarniana', '<![CDATA[Usługa <?xml?> & <!DOCTYPE]]>');

    expect(codeOf(examine(unusual))).toBe(200);
  });
});

it('limits the size to 1 MB, and to 3 MB with an attachment', () => {
  const filler = `<!-- ${'x'.repeat(1_000_000)} -->`;

  expect(codeOf(examine(`${sampleInvoice(invoice)}${filler}`))).toBe(430);
  expect(codeOf(examine(`${sampleInvoice({ ...invoice, attachment: true })}${filler}`))).toBe(200);
  expect(codeOf(examine(`${sampleInvoice({ ...invoice, attachment: true })}${filler.repeat(3)}`))).toBe(430);
});
