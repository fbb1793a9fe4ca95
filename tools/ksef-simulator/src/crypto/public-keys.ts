import { constants, type KeyObject, privateDecrypt } from 'node:crypto';

import type { DeclaredEncryption } from '../core/session.js';
import { DAY_MS } from '../core/time.js';
import { sha256Base64 } from './hash.js';
import { generateKeys, SIGNING, toKeyObject, x509 } from './x509.js';

export type PublicKeyUsage = 'KsefTokenEncryption' | 'SymmetricKeyEncryption';

/** One encryption key of the simulated Ministry, as GET /security/public-key-certificates shows it. */
export interface EncryptionKey {
  readonly usage: PublicKeyUsage;
  readonly certificateDer: Buffer;
  readonly certificateId: string;
  readonly publicKeyId: string;
  readonly validFrom: number;
  readonly validTo: number;
  readonly privateKey: KeyObject;
}

/** The keys clients encrypt for; made at start, never stored. */
export class EncryptionKeys {
  private constructor(readonly all: readonly EncryptionKey[]) {}

  static async generate(now: number): Promise<EncryptionKeys> {
    return new EncryptionKeys([
      await makeKey('KsefTokenEncryption', now),
      await makeKey('SymmetricKeyEncryption', now),
    ]);
  }

  /** Whether a client may name this key for wrapping a symmetric key. */
  knows(publicKeyId: string): boolean {
    return this.all.some((key) => key.publicKeyId === publicKeyId && key.usage === 'SymmetricKeyEncryption');
  }

  /**
   * Unwraps the AES-256 key of a session (RSA-OAEP, SHA-256 and MGF1-SHA-256).
   * @returns undefined when it cannot be read or has not 32 octets
   */
  unwrap({ encryptedSymmetricKey, publicKeyId }: DeclaredEncryption): Buffer | undefined {
    const wrapped = Buffer.from(encryptedSymmetricKey, 'base64');
    for (const { privateKey, usage, publicKeyId: id } of this.all) {
      if (usage !== 'SymmetricKeyEncryption' || (publicKeyId !== undefined && publicKeyId !== id)) continue;
      try {
        const key = privateDecrypt(
          { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
          wrapped,
        );
        if (key.length === 32) return key;
      } catch {
        // Not wrapped for this key: the next one may fit, and none fitting is the answer.
      }
    }
    return undefined;
  }
}

async function makeKey(usage: PublicKeyUsage, now: number): Promise<EncryptionKey> {
  const keys = await generateKeys('RSA');
  const [validFrom, validTo] = [now - DAY_MS, now + 2 * 365 * DAY_MS];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=Latarnik test twin ${usage}, O=Latarnik test twin, C=PL`,
    notBefore: new Date(validFrom),
    notAfter: new Date(validTo),
    keys,
    signingAlgorithm: SIGNING.RSA,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.dataEncipherment, true),
    ],
  });
  const certificateDer = Buffer.from(certificate.rawData);
  return {
    usage,
    certificateDer,
    certificateId: sha256Base64(certificateDer),
    publicKeyId: sha256Base64(Buffer.from(certificate.publicKey.rawData)),
    validFrom,
    validTo,
    privateKey: toKeyObject(keys.privateKey),
  };
}
