import 'reflect-metadata';
import { KeyObject, webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

/** What GET /certificates/enrollments/data answers. */
export type EnrolmentData = Readonly<Record<string, string>>;

const OIDS: Readonly<Record<string, string>> = {
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  countryName: '2.5.4.6',
  organizationName: '2.5.4.10',
  givenName: '2.5.4.42',
  uniqueIdentifier: '2.5.4.45',
  organizationIdentifier: '2.5.4.97',
};

const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };

/** Ways to sign an application, allowed and not. */
export const SIGNINGS = {
  'ECDSA SHA-256': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  'ECDSA SHA-1': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-1' },
  'ECDSA SHA-512': { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-512' },
  'RSA PKCS#1 SHA-256': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', ...RSA },
  'RSA PSS SHA-384': { name: 'RSA-PSS', hash: 'SHA-384', saltLength: 32, ...RSA },
  'P-384': { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  'RSA 3072': { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', ...RSA, modulusLength: 3072 },
  Ed25519: { name: 'Ed25519' },
} as const;
export type Signing = keyof typeof SIGNINGS;

export interface SignedRequest {
  readonly der: Buffer;
  /** PKCS#10, DER, Base64. */
  readonly csr: string;
  readonly privateKeyPem: string;
}

/** A PKCS#10 request for exactly these data. A key pair given is used again. */
export async function signRequest(
  data: EnrolmentData,
  signing: Signing = 'ECDSA SHA-256',
  pair?: webcrypto.CryptoKeyPair,
): Promise<SignedRequest> {
  const algorithm = SIGNINGS[signing];
  const keys = pair ?? (await generatePair(signing));
  const name = Object.entries(data).map(([key, value]) => ({ [OIDS[key] ?? key]: [{ utf8String: value }] }));
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { name: new x509.Name(name).toString(), keys, signingAlgorithm: algorithm },
    webcrypto as Parameters<typeof x509.Pkcs10CertificateRequestGenerator.create>[1],
  );
  const der = Buffer.from(request.rawData);
  return {
    der,
    csr: der.toString('base64'),
    privateKeyPem: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

export async function generatePair(signing: Signing = 'ECDSA SHA-256'): Promise<webcrypto.CryptoKeyPair> {
  const made = await webcrypto.subtle.generateKey(SIGNINGS[signing], true, ['sign', 'verify']);
  return made as webcrypto.CryptoKeyPair;
}
