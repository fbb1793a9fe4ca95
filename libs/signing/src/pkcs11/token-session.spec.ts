import { endianness } from 'node:os';
import { expect, it } from '@jest/globals';
import { numberIn } from './token-session.js';

/** As the platform writes it. */
const asUlong = (bigEndian: readonly number[]): Uint8Array =>
  Uint8Array.from(endianness() === 'LE' ? bigEndian.toReversed() : bigEndian);

it.each([
  ['CKK_EC', [0, 0, 0, 0, 0, 0, 0, 3], 3n],
  ['CKK_RSA', [0, 0, 0, 0, 0, 0, 0, 0], 0n],
  ['CKK_EC of four bytes', [0, 0, 0, 3], 3n],
  ['a type of the vendor', [0, 0, 0, 0, 0x80, 0, 0, 3], 0x8000_0003n],
  ['CK_UNAVAILABLE_INFORMATION', [255, 255, 255, 255, 255, 255, 255, 255], 0xffff_ffff_ffff_ffffn],
])('reads %s as a whole CK_ULONG', (_name, bytes, expected) => {
  const value = asUlong(bytes);
  expect(numberIn(value)).toBe(expected);
  expect(value).toEqual(asUlong(bytes));
});

it('takes no value for none, and not for RSA', () => {
  expect(numberIn(new Uint8Array())).toBeUndefined();
  expect(numberIn(undefined)).toBeUndefined();
});
