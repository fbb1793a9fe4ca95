import { describe, expect, it } from '@jest/globals';
import {
  hashToBase64,
  hashToBase64Url,
  invoiceHashFromBase64,
  invoiceHashFromBytes,
  sameHash,
} from './invoice-hash.js';

/** The hash of the official KOD I example (domain rules 3.2). */
const HEX = '52d429f46a5ce75cbebb7c40a598c88e0929674d63b3e27c29f9523d6f16cc81';
const official = invoiceHashFromBytes(Uint8Array.from(Buffer.from(HEX, 'hex')));

describe('an invoice hash', () => {
  it('is written as the API writes it and as the links write it', () => {
    expect(hashToBase64(official)).toBe('UtQp9Gpc51y+u3xApZjIjgkpZ01js+J8KflSPW8WzIE=');
    expect(hashToBase64Url(official)).toBe('UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE');
  });

  it('is read back from padded Base64 of exactly 32 bytes', () => {
    expect(invoiceHashFromBase64('UtQp9Gpc51y+u3xApZjIjgkpZ01js+J8KflSPW8WzIE=')).toEqual(official);
    expect(invoiceHashFromBase64('UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE')).toBeUndefined();
    expect(invoiceHashFromBase64(Buffer.alloc(31).toString('base64'))).toBeUndefined();
    expect(invoiceHashFromBase64(Buffer.alloc(33).toString('base64'))).toBeUndefined();
  });

  it.each([0, 31, 33])('is not made of %i bytes', (length) => {
    expect(() => invoiceHashFromBytes(new Uint8Array(length))).toThrow('32 bytes');
  });

  it('differs from another in any single byte', () => {
    expect(sameHash(official, invoiceHashFromBytes(new Uint8Array(official)))).toBe(true);
    for (let at = 0; at < 32; at++) {
      const other = new Uint8Array(official);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(sameHash(official, invoiceHashFromBytes(other))).toBe(false);
    }
  });
});
