import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import {
  SecretBoxError,
  SignerUnavailableError,
  type Certificate,
  type SecretBox,
  type TenantId,
} from '@latarnik/domain';
import { readCertificate, type CertificateFacts } from '../certificate/certificate-facts.js';
import type { SigningKeyPair } from './key-signature.js';
import { sealLabel } from './seal-label.js';

/** A private key that is ready to sign, with its certificate. */
export interface SigningKey extends SigningKeyPair {
  readonly facts: CertificateFacts;
}

interface OpenedKey {
  readonly sealedKey: Uint8Array;
  readonly key: SigningKey;
}

export const DEFAULT_OPEN_KEY_LIMIT = 64;

/**
 * The private keys of certificates, opened from their boxes. The keys used last stay open in memory, up to a limit,
 * inside OpenSSL and not as bytes of ours. A kept key serves only the same tenant, certificate and sealed bytes: what
 * the box would refuse to open is refused here too.
 */
export class SoftwareKeys {
  readonly #secretBox: SecretBox;
  readonly #limit: number;
  /** By label, least recently used first. */
  readonly #opened = new Map<string, OpenedKey>();

  constructor(secretBox: SecretBox, limit = DEFAULT_OPEN_KEY_LIMIT) {
    this.#secretBox = secretBox;
    this.#limit = limit;
  }

  /**
   * @throws SignerUnavailableError when the key cannot be opened, or is not the key of the certificate
   * @throws Error when the key usage in the certificate is not that of `certificate.purpose`: the row was tampered with
   */
  async open(tenant: TenantId, certificate: Certificate): Promise<SigningKey> {
    const label = sealLabel(tenant, certificate.id, certificate.purpose);
    const kept = this.#opened.get(label);
    const opened = kept !== undefined && isOf(kept, certificate) ? kept : await this.#unseal(label, certificate);
    this.#keep(label, opened);
    return opened.key;
  }

  async #unseal(label: string, certificate: Certificate): Promise<OpenedKey> {
    const facts = factsOf(certificate);
    const sealedKey = Uint8Array.from(certificate.sealedKey);
    const privateKey = await this.#openBox(sealedKey, label, certificate);
    if (!createPublicKey(privateKey).equals(facts.publicKey)) {
      throw new SignerUnavailableError(`the key of certificate ${certificate.id} is not the key of that certificate`);
    }
    return { sealedKey, key: { privateKey, publicKey: facts.publicKey, facts } };
  }

  async #openBox(sealedKey: Uint8Array, label: string, { id }: Certificate): Promise<KeyObject> {
    let pkcs8: Uint8Array;
    try {
      pkcs8 = await this.#secretBox.open(sealedKey, label);
    } catch (error) {
      // Another box's errors are not ours to trust with a message: only our own kind is passed on.
      const options = error instanceof SecretBoxError ? { cause: error } : undefined;
      throw new SignerUnavailableError(`the key of certificate ${id} cannot be opened`, options);
    }
    try {
      return createPrivateKey({
        key: Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length),
        format: 'der',
        type: 'pkcs8',
      });
    } catch {
      throw new SignerUnavailableError(`the key of certificate ${id} is damaged`);
    } finally {
      pkcs8.fill(0);
    }
  }

  #keep(label: string, opened: OpenedKey): void {
    this.#opened.delete(label);
    this.#opened.set(label, opened);
    const [oldest] = this.#opened.keys();
    if (this.#opened.size > this.#limit && oldest !== undefined) this.#opened.delete(oldest);
  }
}

function isOf({ sealedKey, key }: OpenedKey, certificate: Certificate): boolean {
  return sameBytes(sealedKey, certificate.sealedKey) && sameBytes(key.facts.der, certificate.der);
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function factsOf({ id, der, purpose }: Certificate): CertificateFacts {
  const facts = readCertificate(der);
  if (facts.purpose !== purpose) {
    throw new Error(
      `certificate ${id} is kept as ${purpose}, but its key usage says ${facts.purpose ?? 'neither type'}`,
    );
  }
  return facts;
}
