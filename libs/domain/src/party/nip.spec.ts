import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseNip } from './nip.js';

describe('parseNip', () => {
  it.each(['5265877635', '5213814999', '7335255579', '4188479938', '5555555555', '1111111111'])('takes %s', (text) => {
    expect(parseNip(text)).toEqual({ ok: true, value: text });
  });

  it.each([
    '',
    '526587763',
    '52658776355',
    '526-587-76-35',
    'PL5265877635',
    ' 5265877635',
    '5265877635\n',
    '526587763A',
    '0000000000',
    '0265877635',
    '5005877635',
  ])('refuses %j, which is not shaped like a NIP', (text) => {
    expect(parseNip(text)).toEqual({ ok: false, error: { code: 'INVALID_NIP', reason: 'MALFORMED' } });
  });

  it('refuses a NIP whose weighted sum leaves 10, which no check digit can say', () => {
    // 6 * 1 + 5 * 1 + 7 * 1 + 3 * 1 = 21 = 10 modulo 11: no tenth digit makes 111010000 a NIP.
    for (let digit = 0; digit <= 9; digit++) {
      expect(parseNip(`111010000${String(digit)}`)).toEqual({
        ok: false,
        error: { code: 'INVALID_NIP', reason: 'WRONG_CHECK_DIGIT' },
      });
    }
  });

  it('detects the change of any single digit', () => {
    fc.assert(
      fc.property(fc.nat({ max: 9 }), fc.integer({ min: 1, max: 9 }), (at, shift) => {
        const digits = Array.from('5265877635');
        digits[at] = String((Number(digits[at]) + shift) % 10);
        expect(parseNip(digits.join('')).ok).toBe(false);
      }),
    );
  });
});
