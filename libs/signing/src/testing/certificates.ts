import 'reflect-metadata';
import { createPrivateKey, createPublicKey, KeyObject, webcrypto } from 'node:crypto';
import { parseContextIdentifier, type ContextIdentifier, type TenantId } from '@latarnik/domain';
import * as x509 from '@peculiar/x509';

export const TENANT = '0197a000-0000-7000-8000-000000000001' as TenantId;
export const OTHER_TENANT = '0197a000-0000-7000-8000-000000000002' as TenantId;

export function contextOf(type: string, value: string): ContextIdentifier {
  const parsed = parseContextIdentifier(type, value);
  if (!parsed.ok) throw new Error(`not a context: ${type} ${value}`);
  return parsed.value;
}

export type KeyKind = 'rsa-2048' | 'ec-p256';
export const KEY_KINDS: readonly KeyKind[] = ['rsa-2048', 'ec-p256'];

const ALGORITHMS = {
  'rsa-2048': {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  'ec-p256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
};

/** Bits of KeyUsage (RFC 5280 4.2.1.3) in its first octet. */
export const DIGITAL_SIGNATURE = 0x80;
export const NON_REPUDIATION = 0x40;
export const KEY_ENCIPHERMENT = 0x20;

export interface CertificateOrder {
  readonly kind: KeyKind;
  /** No key usage extension when left out. */
  readonly usage?: number;
  /** A second extension, which RFC 5280 forbids. */
  readonly secondUsage?: number;
  readonly serial?: string;
  readonly subject?: x509.JsonName;
  readonly issuer?: x509.JsonName;
  /** PKCS#8 of an EC P-256 key to certify again; a new key when left out. */
  readonly keyPem?: string;
}

export interface MadeCertificate {
  readonly certificatePem: string;
  readonly der: Uint8Array;
  /** PKCS#8. */
  readonly keyPem: string;
  readonly authorityPem: string;
}

const SUBJECT: x509.JsonName = [
  { C: ['PL'] },
  { O: ['Zakład „Żółta Łódź” sp. z o.o.'] },
  { '2.5.4.97': ['VATPL-5265877635'] },
  { CN: ['Pieczęć'] },
];

/** A name with every kind of character that must be escaped in RFC 4514, in XML, or in both. */
export const AWKWARD_ISSUER: x509.JsonName = [
  { C: ['PL'] },
  { O: [{ utf8String: 'Urząd & Syn, "A+B" <CA>; \\ 1=2' }] as unknown as string[] },
  { '2.5.4.97': ['VATPL-1111111111'] },
  { CN: [{ utf8String: '#świadectwo ' }] as unknown as string[] },
];

/** A certificate as KSeF's would be, signed by an authority made for it. */
export async function makeCertificate(order: CertificateOrder): Promise<MadeCertificate> {
  const algorithm = ALGORITHMS[order.kind];
  const keys = order.keyPem === undefined ? await generate(algorithm) : await ecKeysOf(order.keyPem);
  const authorityKeys = await generate(ALGORITHMS['ec-p256']);
  const issuer = order.issuer ?? [{ CN: ['Test CCK MF'] }];
  const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2036-01-01T00:00:00Z') };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: '01',
    name: issuer,
    keys: authorityKeys,
    signingAlgorithm: ALGORITHMS['ec-p256'],
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: order.serial ?? '01F20A5D352AE590',
    subject: order.subject ?? SUBJECT,
    issuer,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: ALGORITHMS['ec-p256'],
    extensions: [order.usage, order.secondUsage].filter((flags) => flags !== undefined).map(keyUsage),
  });
  return {
    certificatePem: certificate.toString('pem'),
    der: new Uint8Array(certificate.rawData),
    keyPem: String(KeyObject.from(keys.privateKey).export({ format: 'pem', type: 'pkcs8' })),
    authorityPem: authority.toString('pem'),
  };
}

/** DER of a named BIT STRING: zero bits at the end are left out. */
function keyUsage(flags: number): x509.Extension {
  const unusedBits = Math.log2(flags & -flags);
  return new x509.Extension('2.5.29.15', true, Uint8Array.of(3, 2, unusedBits, flags));
}

async function ecKeysOf(keyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const parameters = { name: 'ECDSA', namedCurve: 'P-256' };
  const privateKey = createPrivateKey(keyPem).toCryptoKey(parameters, true, ['sign']);
  return Promise.resolve({ privateKey, publicKey: createPublicKey(keyPem).toCryptoKey(parameters, true, ['verify']) });
}

async function generate(
  algorithm: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams,
): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
