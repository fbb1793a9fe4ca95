import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  amountText,
  convert,
  decimal,
  hundredths,
  multiply,
  subtract,
  toHundredths,
  vatOn,
  vatWithin,
} from './money.js';

describe('amounts', () => {
  it.each([
    ['0', '0.00'],
    ['-0', '0.00'],
    ['7', '7.00'],
    ['0.5', '0.50'],
    ['-0.05', '-0.05'],
    ['9999999999999999.99', '9999999999999999.99'],
  ])('%s is written %s', (given, written) => {
    expect(amountText(hundredths(given))).toBe(written);
  });

  it.each([
    ['0.004', '0.00'],
    ['0.005', '0.01'],
    ['-0.005', '-0.01'],
    ['-0.0049', '0.00'],
    ['1.2349999', '1.23'],
    ['1.235', '1.24'],
  ])('%s rounds to %s: halves away from zero', (given, rounded) => {
    expect(amountText(toHundredths(decimal(given)))).toBe(rounded);
  });

  it('multiply and subtract exactly where floats do not', () => {
    expect(amountText(toHundredths(multiply(decimal('1.005'), decimal('1000'))))).toBe('1005.00');
    expect(amountText(toHundredths(multiply(decimal('0.335'), decimal('3'))))).toBe('1.01');
    expect(amountText(toHundredths(subtract(decimal('0.3'), decimal('0.1'))))).toBe('0.20');
  });

  it('VAT on a net amount and within a gross amount', () => {
    expect(amountText(vatOn(hundredths('1874.50'), 23n))).toBe('431.14');
    expect(amountText(vatOn(hundredths('-285.00'), 23n))).toBe('-65.55');
    expect(amountText(vatWithin(hundredths('12300.00'), 23n))).toBe('2300.00');
    expect(amountText(vatWithin(hundredths('100.00'), 8n))).toBe('7.41');
    expect(amountText(convert(hundredths('431.14'), '4.2528'))).toBe('1833.55');
  });

  it('round to the nearest: never off by more than half a hundredth, and the same for both signs', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.integer({ min: 0, max: 14 }), (units, scale) => {
        const rounded = toHundredths({ units, scale });
        const double = 2n * (rounded * 10n ** BigInt(scale) - units * 100n);
        const step = 10n ** BigInt(scale);
        expect(double <= step && double > -step).toBe(true);
        expect(toHundredths({ units: -units, scale })).toBe(-rounded);
      }),
    );
  });
});
