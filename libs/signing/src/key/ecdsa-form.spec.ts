import { expect, it } from '@jest/globals';
import { ecdsaDer } from './ecdsa-form.js';

const p1363 = (r: string, s: string): Uint8Array => Buffer.from(r.padStart(64, '0') + s.padStart(64, '0'), 'hex');

it.each([
  ['small numbers', '01', '7f', '300602010102017f'],
  ['a first bit that would be a sign', '80', 'ff00', '300902020080020300ff00'],
  ['zeros in front of 31 bytes', `7f${'aa'.repeat(30)}`, '01', `3024021f7f${'aa'.repeat(30)}020101`],
  ['the longest', 'ff'.repeat(32), 'ff'.repeat(32), `3046022100${'ff'.repeat(32)}022100${'ff'.repeat(32)}`],
])('writes %s as the shortest INTEGERs (X.690 8.3)', (_what, r, s, expected) => {
  expect(Buffer.from(ecdsaDer(p1363(r, s))).toString('hex')).toBe(expected);
});
