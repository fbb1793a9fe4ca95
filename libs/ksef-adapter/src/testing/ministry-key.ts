import 'reflect-metadata';

import { webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

import { sha256 } from './fakes.js';

/** A key pair of a make-believe Ministry, as its public key list shows it. */
export interface MinistryKey {
  readonly dto: {
    readonly certificate: string;
    readonly certificateId: string;
    readonly publicKeyId: string;
    readonly validFrom: string;
    readonly validTo: string;
    readonly usage: readonly string[];
  };
  /** PKCS#8, PEM. */
  readonly privateKeyPem: string;
}

export async function ministryKey(
  validFrom = '2026-01-01T00:00:00+00:00',
  usage: readonly string[] = ['SymmetricKeyEncryption'],
  modulusLength = 2048,
): Promise<MinistryKey> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength,
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const validTo = '2028-01-01T00:00:00+00:00';
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Make-believe Ministry',
    notBefore: new Date(validFrom),
    notAfter: new Date(validTo),
    keys,
    signingAlgorithm: algorithm,
  });
  const der = Buffer.from(certificate.rawData);
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    dto: {
      certificate: der.toString('base64'),
      certificateId: sha256(der),
      publicKeyId: sha256(Buffer.from(certificate.publicKey.rawData)),
      validFrom,
      validTo,
      usage,
    },
    privateKeyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString('base64')}\n-----END PRIVATE KEY-----\n`,
  };
}
