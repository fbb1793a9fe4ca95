import { describe, expect, it } from '@jest/globals';
import { parseNip } from '@latarnik/domain';
import fc from 'fast-check';

import { factsOf, modelFindingsOf, xmlOf } from '../testing/documents.js';
import { collapsed } from './model/fields.js';
import type { Fa3InvoiceModel } from './model/invoice.js';
import { VAT_RATES } from './vat-rates.js';

const POLISH_AND_SPECIAL = Array.from('ąćęłńóśźżĄĆĘŁŃÓŚŹŻ„”—–&<>"\'[]!?;:#x/% \t\n\u0085\u00a0😀');
const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...POLISH_AND_SPECIAL) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.constantFrom('&amp;', '&#127;', '&lt;', ']]>', '<!--', '<?x?>', '&x;', '%p;') },
);
const text = (max: number): fc.Arbitrary<string> =>
  fc
    .array(character, { minLength: 1, maxLength: Math.min(max, 60) })
    .map((parts) => parts.join('').slice(0, max))
    .filter((value) => collapsed(value).length > 0 && !/\p{Cs}/u.test(value));

const decimals = (whole: number, fraction: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** BigInt(whole) - 1n }), fc.integer({ min: 0, max: fraction }))
    .chain(([negative, integer, places]) =>
      fc
        .bigInt({ min: 0n, max: 10n ** BigInt(places) - 1n })
        .map(
          (rest) => `${negative ? '-' : ''}${integer}${places === 0 ? '' : `.${String(rest).padStart(places, '0')}`}`,
        ),
    );
const amount = decimals(9, 2);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const day = fc
  .date({ min: new Date('2017-01-01'), max: new Date('2026-11-20'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const nip = fc
  .integer({ min: 111_111_111, max: 999_999_999 })
  .map((head) => Array.from({ length: 10 }, (_, last) => `${head}${last}`).find((candidate) => parseNip(candidate).ok))
  .filter((candidate) => candidate !== undefined && !/^.00/.test(candidate))
  .map((candidate) => candidate ?? '');

const address = fc.record({
  line1: text(512),
  line2: optional(text(512)),
  country: fc.constantFrom('PL', 'DE', 'XI', undefined),
});
const identifier: fc.Arbitrary<Fa3InvoiceModel['buyer']['identifier']> = fc.oneof(
  nip.map((value) => ({ kind: 'nip' as const, nip: value })),
  fc.constantFrom({ kind: 'eu-vat' as const, country: 'EL', number: '12+*A' }, { kind: 'none' as const }),
  text(50).map((number) => ({ kind: 'foreign' as const, number })),
);

const line = fc.record({
  name: text(512),
  unit: optional(text(256)),
  quantity: decimals(6, 6),
  unitNetPrice: decimals(7, 8),
  discount: optional(decimals(5, 8)),
  netAmount: optional(amount),
  vatRate: fc.constantFrom(...VAT_RATES),
  sku: optional(text(50)),
  gtu: fc.constantFrom('GTU_01', 'GTU_13', undefined),
  annex15: optional(fc.boolean()),
});

const common = {
  number: text(256),
  issueDate: day,
  saleDate: optional(day),
  seller: fc.record({ nip, name: text(512), address, eori: optional(text(256)) }),
  buyer: fc.record({ identifier, name: optional(text(512)), address: optional(address), key: optional(text(32)) }),
  exemption: fc.record({
    basis: fc.constantFrom('act' as const, 'directive' as const, 'other' as const),
    provision: text(256),
  }),
  selfBilling: optional(fc.boolean()),
  notes: fc.array(fc.record({ key: text(256), value: text(256) }), { maxLength: 3 }),
  footer: fc.record({ texts: fc.array(text(3500), { maxLength: 3 }) }),
};

const currency = fc.oneof(
  fc.constant({}),
  decimals(3, 6)
    .map((rate) => rate.replace('-', ''))
    .filter((rate) => /[1-9]/.test(rate))
    .map((exchangeRate) => ({ currency: 'EUR', exchangeRate })),
);

const ordinary = fc.record({ ...common, lines: fc.array(line, { minLength: 1, maxLength: 8 }) });
const correction = fc.record({
  ...common,
  kind: fc.constant('KOR' as const),
  correction: fc.record({
    reason: optional(text(256)),
    originals: fc.array(fc.record({ issueDate: day, number: text(256) }), { minLength: 1, maxLength: 3 }),
  }),
  lines: fc.array(
    fc.tuple(line, optional(fc.boolean())).map(([value, beforeCorrection]) => ({ ...value, beforeCorrection })),
    { minLength: 1, maxLength: 6 },
  ),
});
const advance = fc.record({
  ...common,
  kind: fc.constant('ZAL' as const),
  advance: fc.record({
    amounts: fc.array(fc.record({ vatRate: fc.constantFrom(...VAT_RATES), grossAmount: amount }), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
  order: fc.record({
    lines: fc.array(
      line.map(({ discount: _, ...rest }) => rest),
      { minLength: 1, maxLength: 4 },
    ),
  }),
});

const models = fc
  .tuple(fc.oneof(ordinary, correction, advance), currency)
  .map(([model, money]) => JSON.parse(JSON.stringify({ ...model, ...money })) as Fa3InvoiceModel);

describe('any valid model', () => {
  it('becomes a document that passes every check, with the facts of the model', () => {
    fc.assert(
      fc.property(models, (model) => {
        const facts = factsOf(xmlOf(model));
        expect(facts).toMatchObject({
          number: collapsed(model.number),
          sellerNip: model.seller.nip,
          sellerName: collapsed(model.seller.name),
          kind: model.kind ?? 'VAT',
          currency: model.currency ?? 'PLN',
          selfBilling: model.selfBilling ?? false,
        });
        expect(facts.issueDate.toString()).toBe(model.issueDate);
        expect(facts.buyerName).toBe(model.buyer.name === undefined ? undefined : collapsed(model.buyer.name));
        expect(facts.correctedNumbers).toEqual(
          (model.correction?.originals ?? []).map(({ number }) => collapsed(number)),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('any other value', () => {
  it('ends in findings, never in an exception', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
        (value) => {
          expect(modelFindingsOf(value).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('also where a valid model has one field replaced', () => {
    const paths = [
      ['number'],
      ['issueDate'],
      ['seller', 'nip'],
      ['lines'],
      ['buyer', 'identifier'],
      ['exemption', 'basis'],
    ];
    fc.assert(
      fc.property(ordinary, fc.constantFrom(...paths), fc.anything(), (model, path, value) => {
        fc.pre(typeof value !== 'string' && !Array.isArray(value));
        const changed: Record<string, unknown> = structuredClone(model);
        const parent = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, changed);
        parent[path.at(-1) ?? ''] = value;
        expect(modelFindingsOf(changed).length).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('a forbidden character anywhere in a text is a finding', () => {
    const forbidden = fc.constantFrom(
      '\u0000',
      '\u0008',
      '\u007f',
      '\u0086',
      '\ufdd0',
      '\uffff',
      '\u{1fffe}',
      '\u{10ffff}',
      '\ud800',
    );
    fc.assert(
      fc.property(ordinary, forbidden, text(100), fc.nat(100), (model, character_, value, at) => {
        const name = `${value.slice(0, at)}${character_}${value.slice(at)}`.slice(0, 400);
        fc.pre(name.includes(character_));
        const found = modelFindingsOf({ ...model, seller: { ...model.seller, name } });
        expect(found).toMatchObject([{ code: 'FORBIDDEN_CHARACTER', element: 'seller.name' }]);
      }),
      { numRuns: 200 },
    );
  });
});
