import { describe, expect, it } from '@jest/globals';
import { parseKsefNumber } from './ksef-number.js';

/** From ksef-docs numer-ksef.md, the OpenAPI document and published issues and SDK tests (domain rules 4). */
const VECTORS = [
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
];

describe('parseKsefNumber', () => {
  it.each(VECTORS)('takes %s', (number) => {
    expect(parseKsefNumber(number)).toEqual({ ok: true, value: number });
  });

  it.each(VECTORS)('detects every change of a single character of %s', (number) => {
    const alphabet = '0123456789ABCDEFabcdef-GZ ';
    const believed: string[] = [];
    for (let at = 0; at < number.length; at++) {
      for (const other of alphabet) {
        if (other === number[at]) continue;
        const changed = number.slice(0, at) + other + number.slice(at + 1);
        if (parseKsefNumber(changed).ok) believed.push(changed);
      }
    }
    expect(believed).toEqual([]);
  });

  it('tells a wrong checksum from a wrong shape', () => {
    expect(parseKsefNumber('5265877635-20250826-0100001AF629-AE')).toEqual({
      ok: false,
      error: { code: 'INVALID_KSEF_NUMBER', reason: 'WRONG_CHECKSUM' },
    });
    expect(parseKsefNumber('5265877635-20250826-0100001af629-AF')).toEqual({
      ok: false,
      error: { code: 'INVALID_KSEF_NUMBER', reason: 'MALFORMED' },
    });
  });

  it.each([
    ['34 characters', '5265877635-20250826-0100001AF62-AF'],
    ['36 characters, as KSeF 1.0 wrote them', '5265877635-20250826-010000-1AF629-AF'],
    ['a lower-case checksum', '5265877635-20250826-0100001AF629-af'],
    ['a thirteenth month', '5265877635-20251326-0100001AF629-AF'],
    ['a line end', '5265877635-20250826-0100001AF629-AF\n'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(parseKsefNumber(text)).toMatchObject({ ok: false, error: { reason: 'MALFORMED' } });
  });
});
