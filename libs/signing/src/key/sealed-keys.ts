import {
  SecretBoxError,
  SignerUnavailableError,
  type Certificate,
  type SecretBox,
  type TenantId,
} from '@latarnik/domain';
import { readCertificate, type CertificateFacts } from '../certificate/certificate-facts.js';
import { isTokenReference, parseTokenReference, type TokenReference } from '../pkcs11/token-reference.js';
import { keyAlgorithmOf, type KeyAlgorithm } from './key-algorithm.js';
import { sealLabel } from './seal-label.js';
import type { PrivateKey, SigningKey, SigningKeys } from './signing-key.js';
import { SoftwareKey } from './software-key.js';

/** Private keys that never leave their hardware. */
export interface TokenKeys {
  keyFor(reference: TokenReference, algorithm: KeyAlgorithm): PrivateKey;
}

export interface SealedKeysOptions {
  /** Without it the keys of certificates that name a token cannot be used. */
  readonly tokenKeys?: TokenKeys;
  /**
   * How many opened boxes are kept in memory.
   * @default 64
   */
  readonly openKeyLimit?: number;
}

interface OpenedKey {
  readonly sealedKey: Uint8Array;
  readonly key: SigningKey;
}

const DEFAULT_OPEN_KEY_LIMIT = 64;

/**
 * The private keys of certificates, found through their boxes. A box holds the key itself (PKCS#8), which then works in
 * this process, or says where in a token it is: either way the box binds it to tenant, certificate and purpose. What was
 * used last stays open, up to a limit, and serves only the same tenant, certificate and sealed bytes: what the box would
 * refuse to open is refused here too.
 */
export class SealedKeys implements SigningKeys {
  readonly #secretBox: SecretBox;
  readonly #tokenKeys: TokenKeys | undefined;
  readonly #limit: number;
  /** By label, least recently used first. */
  readonly #opened = new Map<string, OpenedKey>();

  constructor(secretBox: SecretBox, { tokenKeys, openKeyLimit = DEFAULT_OPEN_KEY_LIMIT }: SealedKeysOptions = {}) {
    this.#secretBox = secretBox;
    this.#tokenKeys = tokenKeys;
    this.#limit = openKeyLimit;
  }

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
    const content = await this.#openBox(sealedKey, label, certificate);
    try {
      const algorithm = keyAlgorithmOf(facts.publicKey);
      if (algorithm === undefined) throw new Error(`certificate ${certificate.id} has a key that was never imported`);
      const privateKey = isTokenReference(content)
        ? this.#inToken(content, algorithm, certificate)
        : SoftwareKey.of(content, facts.publicKey, certificate.id);
      return { sealedKey, key: { facts, algorithm, privateKey } };
    } finally {
      content.fill(0);
    }
  }

  async #openBox(sealedKey: Uint8Array, label: string, { id }: Certificate): Promise<Uint8Array> {
    try {
      return await this.#secretBox.open(sealedKey, label);
    } catch (error) {
      // Another box's errors are not ours to trust with a message: only our own kind is passed on.
      const cause = error instanceof SecretBoxError ? { cause: error } : {};
      throw new SignerUnavailableError(`the key of certificate ${id} cannot be opened`, {
        ...cause,
        trouble: 'key-encryption-key',
      });
    }
  }

  #inToken(content: Uint8Array, algorithm: KeyAlgorithm, { id }: Certificate): PrivateKey {
    const reference = parseTokenReference(new TextDecoder().decode(content));
    if (!reference.ok) throw new Error(`certificate ${id} names its key in a way that was never imported`);
    if (this.#tokenKeys !== undefined) return this.#tokenKeys.keyFor(reference.value, algorithm);
    const message = `the key of certificate ${id} is in a token, and this process has no PKCS#11 module`;
    throw new SignerUnavailableError(message, { trouble: 'token' });
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
