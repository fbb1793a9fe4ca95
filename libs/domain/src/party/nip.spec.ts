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
  ])('refuses %j, which is not ten digits', (text) => {
    expect(parseNip(text)).toEqual({ ok: false, error: { code: 'INVALID_NIP', reason: 'NOT_TEN_DIGITS' } });
  });

  it('refuses a NIP whose weighted sum leaves 10, which no check digit can say', () => {
    // 6 * 1 + 4 * 1 = 10: no tenth digit makes 100001000 a NIP.
    for (let digit = 0; digit <= 9; digit++) {
      expect(parseNip(`100001000${String(digit)}`)).toEqual({
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
