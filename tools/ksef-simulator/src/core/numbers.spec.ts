import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import { crc8, crc8Hex, hasNipChecksum } from './checksum.js';
import { ksefNumber, referenceNumber, systemRandom } from './numbers.js';

it('gives the check value of CRC-8 with polynomial 07', () => {
  expect(crc8('123456789')).toBe(0xf4);
});

// Official and reported KSeF numbers, domain-rules 4.
it.each([
  '5265877635-20250826-0100001AF629-AF',
  '5265877635-20250626-010080DD2B5E-26',
  '5265877635-20250916-010040741B3E-46',
  '5265877635-20250916-0100C002FF3E-D5',
  '5265877635-20250916-02000009FF3E-FB',
  '5265877635-20250916-020000583241-84',
  '5265877635-20250916-0200A0D6723E-C2',
  '5265877635-20250925-010020A0A242-0A',
  '5555555555-20250828-010080615740-E4',
  '7335255579-20251210-010060EFFF52-72',
  '5213814999-20251006-0100E0B7E937-52',
  '4188479938-20260212-5B26A1000000-36',
  '1111111111-20251121-010000300339-20',
  '7335255579-20251120-0100605F504B-2F',
  '7335255579-20251208-010000D14D63-FE',
])('computes the checksum of %s', (number) => {
  expect(crc8Hex(number.slice(0, 32))).toBe(number.slice(33));
});

it('makes KSeF numbers of the prescribed form, with the day of acceptance in Warsaw', () => {
  const number = ksefNumber('5265877635', Date.parse('2026-11-20T23:30:00Z'), () => Buffer.from('0100001af629', 'hex'));

  expect(number).toMatch(/^5265877635-20261121-0100001AF629-[0-9A-F]{2}$/);
});

it('makes reference numbers that fit the UPO schema', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('2026-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }), (date) =>
      /^(20[2-9][0-9]|2[1-9][0-9]{2}|[3-9][0-9]{3})(0[1-9]|1[0-2])(0[1-9]|[1-2][0-9]|3[0-1])-([0-9A-Z]{2})-([0-9A-F]{10})-([0-9A-F]{10})-([0-9A-F]{2})$/.test(
        referenceNumber('SB', date.getTime(), systemRandom),
      ),
    ),
  );
});

it('checks the check digit of a NIP', () => {
  expect(['5265877635', '7762811692', '1111111111'].map(hasNipChecksum)).toEqual([true, true, true]);
  expect(['5265877636', '526587763', '52658776350', 'abcdefghij'].map(hasNipChecksum)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
