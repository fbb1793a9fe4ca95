import 'reflect-metadata';
import { constants, createPrivateKey, KeyObject, sign, webcrypto, type SignKeyObjectInput } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseKodII, kodII, unsignedKodII, type KodIIInput, type UnsignedKodII } from '@latarnik/domain';
import * as x509 from '@peculiar/x509';
import { contextOf, makeCertificate } from '../testing/certificates.js';
import { X509CodeVerifier } from './code-verifier.js';

const HASH = 'UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE';
const CONTEXTS = [
  contextOf('Nip', '5265877635'),
  contextOf('InternalId', '5265877635-12345'),
  contextOf('NipVatUe', '5265877635-DE123456789'),
  contextOf('NipVatUe', '5265877635-IE1+23456*WI'),
  contextOf('PeppolId', 'PPL123456'),
];
const KINDS = ['ec-p256', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const;
const verifier = new X509CodeVerifier();

/** The official example (ksef-docs kody-qr.md), with other parts in the place of its own. */
function textOf(parts: Partial<KodIIInput> = {}): UnsignedKodII {
  const link = `https://qr-test.ksef.mf.gov.pl/certificate/Nip/1111111111/1111111111/01F20A5D352AE590/${HASH}/AAAA`;
  const parsed = parseKodII(link);
  if (!parsed.ok) throw new Error(parsed.error.part);
  return unsignedKodII({ ...parsed.value, ...parts });
}

const TEXT = textOf();

interface Pair {
  readonly der: Uint8Array;
  readonly key: KeyObject;
}

/** A certificate of that key, signed by itself where the size is not one that the other tests use. */
async function pairOf(kind: (typeof KINDS)[number]): Promise<Pair> {
  if (kind === 'ec-p256' || kind === 'rsa-2048') {
    const made = await makeCertificate({ kind });
    return { der: made.der, key: createPrivateKey(made.keyPem) };
  }
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: Number(kind.slice(-4)),
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({ keys, signingAlgorithm: algorithm });
  return { der: new Uint8Array(certificate.rawData), key: KeyObject.from(keys.privateKey) };
}

const pss = (saltLength: number): Partial<SignKeyObjectInput> => ({
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength,
});

/** As domain rules 3.3 have it. */
const signed = ({ key }: Pair, text: string): Uint8Array =>
  sign('sha256', Buffer.from(text), {
    key,
    ...(key.asymmetricKeyType === 'ec' ? { dsaEncoding: 'ieee-p1363' } : pss(32)),
  });

describe.each(KINDS)('KOD II signed with %s', (kind) => {
  const made = pairOf(kind);

  it('verifies as it is read out of its link, in every environment and for every kind of context', async () => {
    const pair = await made;
    for (const environment of ['test', 'demo', 'production'] as const) {
      for (const context of CONTEXTS) {
        const text = textOf({ environment, context });
        const parsed = parseKodII(kodII(text, signed(pair, text)));
        if (!parsed.ok) throw new Error(`${text}: ${parsed.error.part}`);
        expect(parsed.value.unsigned).toBe(text);
        expect(verifier.verifies(pair.der, parsed.value.unsigned, parsed.value.signature)).toBe(true);
      }
    }
  });

  it('does not verify for another text, another certificate, or with any byte of the signature changed', async () => {
    const pair = await made;
    const signature = signed(pair, TEXT);
    const accepts = (text: string, bytes = signature): boolean =>
      verifier.verifies(pair.der, text as UnsignedKodII, bytes);

    expect(accepts(TEXT)).toBe(true);
    for (const kindOfOther of ['ec-p256', 'rsa-2048'] as const) {
      const other = await pairOf(kindOfOther);
      expect(verifier.verifies(other.der, TEXT, signature)).toBe(false);
    }
    for (let at = 0; at < TEXT.length; at += 1) {
      expect(accepts(TEXT.slice(0, at) + (TEXT[at] === 'A' ? 'B' : 'A') + TEXT.slice(at + 1))).toBe(false);
    }
    for (let at = 0; at < signature.length; at += 1) {
      expect(
        accepts(
          TEXT,
          signature.map((byte, index) => (index === at ? byte ^ 1 : byte)),
        ),
      ).toBe(false);
    }
    for (const length of [0, 1, signature.length - 1]) expect(accepts(TEXT, signature.subarray(0, length))).toBe(false);
    expect(accepts(`https://${TEXT}`)).toBe(false);
    expect(accepts(`${TEXT}/`)).toBe(false);
  });
});

describe('signatures that others made', () => {
  it('are taken with ECDSA in DER form, as libraries without P1363 write it', async () => {
    const { der: certificate, key } = await pairOf('ec-p256');
    for (let round = 0; round < 50; round += 1) {
      const der = sign('sha256', Buffer.from(TEXT), { key, dsaEncoding: 'der' });
      const parsed = parseKodII(kodII(TEXT, der));
      expect(parsed.ok && verifier.verifies(certificate, parsed.value.unsigned, parsed.value.signature)).toBe(true);
      expect(verifier.verifies(certificate, `${TEXT}A` as UnsignedKodII, der)).toBe(false);
    }
  });

  it('are taken with RSA only as PSS with SHA-256 and a salt of 32 bytes', async () => {
    const { der, key } = await pairOf('rsa-2048');
    const accepts = (hash: string, options: Partial<SignKeyObjectInput>): boolean =>
      verifier.verifies(der, TEXT, sign(hash, Buffer.from(TEXT), { key, ...options }));

    expect(accepts('sha256', pss(32))).toBe(true);
    expect([0, 20, 31, 33, 222].map((saltLength) => accepts('sha256', pss(saltLength)))).toEqual(Array(5).fill(false));
    expect(accepts('sha512', pss(32))).toBe(false);
    expect(accepts('sha256', { padding: constants.RSA_PKCS1_PADDING })).toBe(false);
  });
});

it('says so when what should be a certificate is none', () => {
  expect(() => verifier.verifies(new Uint8Array(100), TEXT, new Uint8Array(64))).toThrow();
});
