import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  invoiceHashFromBytes,
  kodII,
  parseCertificateSerial,
  parseNip,
  unsignedKodII,
  type CertificateSerial,
  type Nip,
  type OfflineCertificate,
  type UnsignedKodII,
} from '@latarnik/domain';
import { X509CodeVerifier } from '../key/code-verifier.js';
import { SealedKeys } from '../key/sealed-keys.js';
import { contextOf, KEY_KINDS, TENANT } from '../testing/certificates.js';
import { itWithOpenssl, ScratchFolder } from '../testing/commands.js';
import { aSecretBox, authenticationCertificate, offlineCertificate, type Stored } from '../testing/imported.js';
import { CertificateOfflineSigner } from './certificate-offline-signer.js';

/** The official sample (ksef-docs kody-qr.md). */
const TEXT = unsignedKodII({
  environment: 'test',
  context: contextOf('Nip', '1111111111'),
  sellerNip: nip('1111111111'),
  certificateSerial: serial('01F20A5D352AE590'),
  hash: invoiceHashFromBytes(Buffer.from('UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE', 'base64url')),
});

const signer = (): CertificateOfflineSigner => new CertificateOfflineSigner(new SealedKeys(aSecretBox()));

it('signs the 121 characters that the official sample is made of', () => {
  expect(TEXT).toBe(
    'qr-test.ksef.mf.gov.pl/certificate/Nip/1111111111/1111111111/01F20A5D352AE590/UtQp9Gpc51y-u3xApZjIjgkpZ01js-J8KflSPW8WzIE',
  );
  expect(TEXT).toHaveLength(121);
  expect(createHash('sha256').update(TEXT).digest('hex')).toBe(
    'faf46b68b4b1d3c112c432fdafe2d4ff9a57d2379c7d2191de9171ed94b7d2db',
  );
});

describe.each([
  ['rsa-2048', 256, 342],
  ['ec-p256', 64, 86],
] as const)('signKodII with %s', (kind, sizeBytes, linkCharacters) => {
  it(`gives ${sizeBytes} bytes, ${linkCharacters} characters in the link`, async () => {
    const { certificate } = await offlineCertificate({ kind });
    const signature = await signer().signKodII(TENANT, certificate, TEXT);

    expect(signature).toHaveLength(sizeBytes);
    expect(kodII(TEXT, signature)).toMatch(new RegExp(`^https://qr-test.*IE/[A-Za-z0-9_-]{${linkCharacters}}$`));
  });

  itWithOpenssl()('is verified by OpenSSL over the text itself, and refused for any other text', async () => {
    const stored = await offlineCertificate({ kind });
    const signature = await signer().signKodII(TENANT, stored.certificate, TEXT);

    expect(opensslAccepts(stored, TEXT, signature)).toBe(true);
    for (const at of [0, 40, 80, 119]) expect(opensslAccepts(stored, flipCharacter(TEXT, at), signature)).toBe(false);
    expect(opensslAccepts(stored, createHash('sha256').update(TEXT).digest(), signature)).toBe(false);
    const inner = Uint8Array.from(signature, (byte, at) => (at === 20 ? byte ^ 1 : byte));
    expect(opensslAccepts(stored, TEXT, inner)).toBe(false);
  });
});

itWithOpenssl()(
  'writes signatures of EC keys in DER on request, which OpenSSL takes as they are; RSA is as ever',
  async () => {
    const [ec, rsa] = [await offlineCertificate({ kind: 'ec-p256' }), await offlineCertificate({ kind: 'rsa-2048' })];
    const derSigner = new CertificateOfflineSigner(new SealedKeys(aSecretBox()), 'der');
    const verifier = new X509CodeVerifier();
    for (let at = 0; at < 50; at += 1) {
      const text = `${TEXT}${at}` as UnsignedKodII;
      const signature = await derSigner.signKodII(TENANT, ec.certificate, text);

      expect(signature[0]).toBe(0x30);
      expect(opensslTakes(ec, text, signature)).toBe(true);
      expect(verifier.verifies(ec.certificate.der, text, signature)).toBe(true);
      expect(verifier.verifies(ec.certificate.der, TEXT, signature)).toBe(false);
      expect(kodII(TEXT, signature)).toMatch(/IE\/[A-Za-z0-9_-]{92,96}$/);
    }
    expect(await derSigner.signKodII(TENANT, rsa.certificate, TEXT)).toHaveLength(256);
  },
);

itWithOpenssl()('makes 50 pairs of link and signature that OpenSSL accepts, all different', async () => {
  const stored = await offlineCertificate({ kind: 'ec-p256' });
  const offlineSigner = signer();
  const signatures = new Set<string>();
  for (let at = 0; at < 50; at += 1) {
    const signature = await offlineSigner.signKodII(TENANT, stored.certificate, `${TEXT}${at}` as UnsignedKodII);
    signatures.add(Buffer.from(signature).toString('hex'));
    expect(opensslAccepts(stored, `${TEXT}${at}`, signature)).toBe(true);
  }
  expect(signatures.size).toBe(50);
});

it('refuses a text that is not ASCII', async () => {
  const { certificate } = await offlineCertificate({ kind: 'ec-p256' });

  await expect(signer().signKodII(TENANT, certificate, 'qr.ksef.mf.gov.pl/ż' as UnsignedKodII)).rejects.toThrow(
    'ASCII',
  );
});

it.each(KEY_KINDS)('refuses a certificate of type Authentication, by type and at run time (%s)', async (kind) => {
  const { certificate } = await authenticationCertificate({ kind });
  // @ts-expect-error -- the compiler keeps the two types apart
  const byType = signer().signKodII(TENANT, certificate, TEXT);
  const relabelled = { ...certificate, purpose: 'offline' as const } satisfies OfflineCertificate;

  await expect(byType).rejects.toThrow('is of type authentication: this takes type offline');
  await expect(signer().signKodII(TENANT, relabelled, TEXT)).rejects.toThrow('its key usage says authentication');
});

/** `openssl dgst -verify`, which hashes the file itself. RSA: PSS, MGF1 with SHA-256, salt of exactly 32 bytes. */
function opensslAccepts(
  { made, certificate }: Stored<OfflineCertificate>,
  text: string | Uint8Array,
  signature: Uint8Array,
): boolean {
  const isRsa = certificate.keyAlgorithm === 'rsa';
  return opensslTakes({ made, certificate }, text, isRsa ? signature : derFromP1363(signature));
}

/** Of an EC key, the signature is in DER. */
function opensslTakes(
  { made, certificate }: Stored<OfflineCertificate>,
  text: string | Uint8Array,
  signature: Uint8Array,
): boolean {
  using folder = new ScratchFolder();
  folder.write('text', text);
  folder.write(
    'public.pem',
    String(new X509Certificate(made.certificatePem).publicKey.export({ format: 'pem', type: 'spki' })),
  );
  const isRsa = certificate.keyAlgorithm === 'rsa';
  folder.write('signature', signature);
  const pss = ['rsa_padding_mode:pss', 'rsa_pss_saltlen:32', 'rsa_mgf1_md:sha256'].flatMap((option) => [
    '-sigopt',
    option,
  ]);
  const options = ['-sha256', '-verify', 'public.pem', '-signature', 'signature', ...(isRsa ? pss : []), 'text'];
  const { ok, output } = folder.run('openssl', 'dgst', ...options);
  if (ok !== output.includes('Verified OK')) throw new Error(output);
  return ok;
}

/** ECDSA-Sig-Value of X9.62: a SEQUENCE of the two INTEGERs. */
function derFromP1363(signature: Uint8Array): Buffer {
  const integers = [signature.subarray(0, 32), signature.subarray(32)].map((half) => {
    const digits = Buffer.from(half)
      .toString('hex')
      .replace(/^(00)+/, '');
    const positive = Number.parseInt(digits.slice(0, 2), 16) > 0x7f ? `00${digits}` : digits;
    return Buffer.concat([Buffer.from([2, positive.length / 2]), Buffer.from(positive, 'hex')]);
  });
  const body = Buffer.concat(integers);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

function flipCharacter(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

function nip(text: string): Nip {
  const parsed = parseNip(text);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
}

function serial(text: string): CertificateSerial {
  const parsed = parseCertificateSerial(text);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
}
