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
  /** When it left the list. */
  withdrawnAt?: number;
}

/** The keys clients encrypt for; made at start, never stored. */
export class EncryptionKeys {
  readonly #all: EncryptionKey[];

  private constructor(keys: readonly EncryptionKey[]) {
    this.#all = [...keys];
  }

  /** The keys on the list: those not withdrawn. */
  get published(): readonly EncryptionKey[] {
    return this.#all.filter(({ withdrawnAt }) => withdrawnAt === undefined);
  }

  static async generate(now: number): Promise<EncryptionKeys> {
    return new EncryptionKeys([
      await makeKey('KsefTokenEncryption', now),
      await makeKey('SymmetricKeyEncryption', now),
    ]);
  }

  /** Publishes a new key for `usage`; the old ones leave the list now, or stay beside it. */
  async rotate(usage: PublicKeyUsage, now: number, old: 'withdrawn' | 'kept'): Promise<EncryptionKey> {
    const fresh = await makeKey(usage, now);
    if (old === 'withdrawn') {
      for (const key of this.published) if (key.usage === usage) key.withdrawnAt = now;
    }
    this.#all.push(fresh);
    return fresh;
  }

  /** Whether a client may name this key. */
  knows(publicKeyId: string, usage: PublicKeyUsage = 'SymmetricKeyEncryption'): boolean {
    return this.published.some((key) => key.publicKeyId === publicKeyId && key.usage === usage);
  }

  /**
   * Unwraps the AES-256 key of a session (RSA-OAEP, SHA-256 and MGF1-SHA-256).
   * @returns undefined when it cannot be read or has not 32 octets
   */
  unwrap({ encryptedSymmetricKey, publicKeyId }: DeclaredEncryption): Buffer | undefined {
    return this.#read('SymmetricKeyEncryption', encryptedSymmetricKey, publicKeyId).find(({ length }) => length === 32);
  }

  /** Reads an encrypted KSeF token. @returns undefined when no published key opens it */
  readToken(encryptedToken: string, publicKeyId: string | undefined): string | undefined {
    return this.#read('KsefTokenEncryption', encryptedToken, publicKeyId)[0]?.toString('utf8');
  }

  #read(usage: PublicKeyUsage, encrypted: string, publicKeyId: string | undefined): readonly Buffer[] {
    const fitting = this.published.filter(
      (key) => key.usage === usage && (publicKeyId === undefined || publicKeyId === key.publicKeyId),
    );
    return fitting.flatMap(({ privateKey: key }) => {
      try {
        const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
        return [privateDecrypt({ key, ...padding }, Buffer.from(encrypted, 'base64'))];
      } catch {
        // Not encrypted for this key: the next one may fit, and none fitting is the answer.
        return [];
      }
    });
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
