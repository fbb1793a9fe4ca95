import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBase64, toBase64, toBase64Url } from './base64.js';

const bytes = fc.uint8Array({ maxLength: 70 });

describe('Base64', () => {
  it('agrees with the runtime for any bytes', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toBase64(value)).toBe(Buffer.from(value).toString('base64'));
        expect(toBase64Url(value)).toBe(Buffer.from(value).toString('base64url'));
        expect(fromBase64(Buffer.from(value).toString('base64'))).toEqual(new Uint8Array(value));
      }),
    );
  });

  it('reads only what it would write itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('AZaz09+/=-_ ')), maxLength: 12 }), (text) => {
        const read = fromBase64(text);
        const canonical = Buffer.from(text, 'base64').toString('base64') === text;
        expect(read !== undefined).toBe(canonical);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['QQ', 'QQ=', 'QR==', 'Q===', '====', 'QQ==QQ==', 'QQ==\n', '-_8=', 'QUI\u0100'])('refuses %j', (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});
