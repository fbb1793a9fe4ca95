import { describe, expect, it } from '@jest/globals';
import { readableDecimal } from './readable-decimal.js';

describe('a decimal as people read it', () => {
  it.each([
    ['0', '0', '0'],
    ['999.99', '999,99', '999.99'],
    ['1140.00', '1\u00a0140,00', '1,140.00'],
    ['-350.5', '-350,5', '-350.5'],
    ['-12345678901234567.89', '-12\u00a0345\u00a0678\u00a0901\u00a0234\u00a0567,89', '-12,345,678,901,234,567.89'],
    // Nothing is rounded, and nothing is filled up.
    ['0.10000000', '0,10000000', '0.10000000'],
    ['-0.00', '-0,00', '-0.00'],
    ['100000', '100\u00a0000', '100,000'],
  ])('%s', (text, pl, en) => {
    expect(readableDecimal(text, 'pl')).toBe(pl);
    expect(readableDecimal(text, 'en')).toBe(en);
  });

  it.each(['', 'zw', '1e5', '12,5', '1 000', '.5', '5.', '2026-11-20'])(
    'stays as it is when it is none: %j',
    (text) => {
      expect(readableDecimal(text, 'pl')).toBe(text);
    },
  );
});
