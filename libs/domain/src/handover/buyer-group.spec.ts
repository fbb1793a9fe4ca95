import { describe, expect, it } from '@jest/globals';
import type { BuyerIdentifier } from '../invoice/invoice-facts.js';
import type { Nip } from '../party/nip.js';
import type { DocumentElement } from '../visualization/document-element.js';
import { buyerGroupOf } from './buyer-group.js';
import { placeOfSupplyIn } from './place-of-supply.js';

const NIP: BuyerIdentifier = { kind: 'nip', nip: '7335255579' as Nip };

describe('the buyer group (art. 106gb(4))', () => {
  it.each([
    ['a NIP, supply here', NIP, 'poland', { kind: 'domestic', ground: 'nip' }],
    ['a NIP, supply abroad', NIP, 'abroad', { kind: 'art-106gb-4', ground: 'supply-abroad' }],
    ['a NIP, supply here and abroad', NIP, 'mixed', { kind: 'domestic', ground: 'nip-mixed-supply' }],
    ['a NIP, place not read', NIP, undefined, { kind: 'domestic', ground: 'nip-place-unknown' }],
    ['no identifier: a consumer', { kind: 'none' }, 'poland', { kind: 'art-106gb-4', ground: 'no-nip' }],
    [
      'a VAT number of another state',
      { kind: 'eu-vat', country: 'DE', number: '811999999' },
      'poland',
      { kind: 'art-106gb-4', ground: 'foreign-number' },
    ],
    [
      'a foreign number',
      { kind: 'foreign', number: '987' },
      undefined,
      { kind: 'art-106gb-4', ground: 'foreign-number' },
    ],
  ] as const)('%s', (_buyer, buyer, place, group) => {
    expect(buyerGroupOf({ buyer, ...(place === undefined ? {} : { placeOfSupply: place }) })).toEqual(group);
  });
});

describe('the place of supply of an invoice that was stored without it', () => {
  const element = (name: string, text = '', children: readonly DocumentElement[] = []): DocumentElement => ({
    ...{ name, text, children, attributes: [] },
  });
  const invoice = (...sums: readonly (readonly [string, string])[]) =>
    element('Faktura', '', [
      element(
        'Fa',
        '',
        sums.map(([name, text]) => element(name, text)),
      ),
    ]);

  it.each([
    [[['P_13_1', '100.00']], 'poland'],
    [[['P_13_8', '100.00']], 'abroad'],
    [[['P_13_9', '-5.00']], 'abroad'],
    [
      [
        ['P_13_5', '5.00'],
        ['P_13_1', '0.00'],
      ],
      'abroad',
    ],
    [
      [
        ['P_13_8', '5.00'],
        ['P_13_6_3', '1.00'],
      ],
      'mixed',
    ],
    [[['P_13_8', '0.00']], 'poland'],
    [[], 'poland'],
  ] as const)('%j: %s', (sums, place) => {
    expect(placeOfSupplyIn(invoice(...sums))).toBe(place);
  });
});
