import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseCertificateSerial, type CertificateSerial } from '../certificate/certificate.js';
import { invoiceHashFromBytes } from '../invoice/invoice-hash.js';
import { parseContextIdentifier } from '../party/context-identifier.js';
import type { Nip } from '../party/nip.js';
import { kodII, unsignedKodII, type KodIIInput } from './kod-ii.js';

const context = (type: string, value: string) => {
  const parsed = parseContextIdentifier(type, value);
  if (!parsed.ok) throw new Error(`bad context ${type}:${value}`);
  return parsed.value;
};

const official: KodIIInput = {
  environment: 'test',
  context: context('Nip', '1111111111'),
  sellerNip: '1111111111' as Nip,
  certificateSerial: '01F20A5D352AE590' as CertificateSerial,
  hash: invoiceHashFromBytes(
    Uint8Array.from(Buffer.from('52d429f46a5ce75cbebb7c40a598c88e0929674d63b3e27c29f9523d6f16cc81', 'hex')),
  ),
};

describe('unsignedKodII', () => {
  it('gives the official example, 121 ASCII characters (ksef-docs kody-qr.md)', () => {
    const text = unsignedKodII(official);
    expect(text).toBe(
      'qr-test.ksef.mf.gov.pl/certificate/Nip/1111111111/1111111111/01F20A5D352AE590/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE',
    );
    expect(Buffer.from(text, 'utf8')).toHaveLength(121);
    expect(createHash('sha256').update(text, 'ascii').digest('hex')).toBe(
      'faf46b68b4b1d3c112c432fdafe2d4ff9a57d2379c7d2191de9171ed94b7d2db',
    );
  });

  it('carries the context we log in with and the seller, each in its place', () => {
    const text = unsignedKodII({
      ...official,
      environment: 'production',
      context: context('InternalId', '5265877635-12345'),
      sellerNip: '7335255579' as Nip,
    });
    expect(text).toMatch(
      /^qr\.ksef\.mf\.gov\.pl\/certificate\/InternalId\/5265877635-12345\/7335255579\/01F20A5D352AE590\//,
    );
  });
});

describe('kodII', () => {
  it('adds the scheme in front and the signature, Base64URL without padding, behind', () => {
    const unsigned = unsignedKodII(official);
    expect(kodII(unsigned, Uint8Array.of(0xfb, 0xff, 0xfe, 0x01))).toBe(`https://${unsigned}/-__-AQ`);
  });

  it('is as long as the sizes of the signatures say', () => {
    const unsigned = unsignedKodII({ ...official, environment: 'production' });
    // 116 signed characters, the scheme, a slash and 86 (P-256, r and s) or 342 (RSA 2048) characters.
    expect(kodII(unsigned, new Uint8Array(64))).toHaveLength(211);
    expect(kodII(unsigned, new Uint8Array(256))).toHaveLength(467);
  });
});

describe('parseCertificateSerial', () => {
  it('keeps a leading zero', () => {
    expect(parseCertificateSerial('01F20A5D352AE590')).toEqual({ ok: true, value: '01F20A5D352AE590' });
  });

  it.each(['1F20A5D352AE590', '01f20a5d352ae590', '001F20A5D352AE590', '01F20A5D352AE59G', ''])(
    'refuses %j',
    (text) => {
      expect(parseCertificateSerial(text)).toEqual({ ok: false, error: { code: 'INVALID_SERIAL' } });
    },
  );
});
