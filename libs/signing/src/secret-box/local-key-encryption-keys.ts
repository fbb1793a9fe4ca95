import { createSecretKey, type KeyObject } from 'node:crypto';
import { SecretBoxError, type KeyEncryptionKeys, type WrappedKey } from '@latarnik/domain';
import { decrypt, encrypt, KEY_BYTES } from './aes-gcm.js';

export const LARGEST_VERSION = 0xffff_ffff;
/** The first byte of what wrapping authenticates; changes with the form of a wrapped key. */
const WRAPPING = 1;

/** Key-encryption keys of 32 bytes by version, 1 to 2^32 - 1, and the version that wraps. */
export interface KeyRing {
  readonly currentVersion: number;
  readonly byVersion: ReadonlyMap<number, Uint8Array>;
}

export interface LocalKeysOptions {
  /** Gap between two looks at where the keys come from. @default 10_000 */
  readonly readAgainAfterMs?: number;
  /** Monotonic. @default performance.now */
  readonly nowMs?: () => number;
}

/**
 * Key-encryption keys in the memory of this process, inside OpenSSL and not as bytes of ours. A wrapped key is AES-256-GCM
 * (nonce 12, ciphertext, tag 16), which authenticates its role, the version and the label.
 *
 * They are read when first needed, and again when a version is asked for that is not there: so a key that was added
 * everywhere before one process began to wrap with it is found by the others without a restart, and a file that was
 * missing at the start may come later. They are read again, too, when one does not unwrap: what is under its number by now takes
 * its place once it did unwrap, and not before. Else a version once read stays as it is until the process ends.
 */
export class LocalKeyEncryptionKeys implements KeyEncryptionKeys {
  readonly #keys = new Map<number, KeyObject>();
  /** As they were when they were read last. */
  #lastRead: ReadonlyMap<number, KeyObject> = new Map();
  readonly #read: () => Promise<KeyRing>;
  readonly #readAgainAfterMs: number;
  readonly #nowMs: () => number;
  #currentVersion: number | undefined;
  #failure = 'no key-encryption key is configured';
  #reading: Promise<void> | undefined;
  /** Of the last look for something that was not there, or was wrong. */
  #missedAtMs = Number.NEGATIVE_INFINITY;

  /** @param read the ring is given away: its bytes are zero afterwards */
  constructor(read: () => Promise<KeyRing>, { readAgainAfterMs = 10_000, nowMs }: LocalKeysOptions = {}) {
    this.#read = read;
    this.#readAgainAfterMs = readAgainAfterMs;
    this.#nowMs = nowMs ?? (() => performance.now());
  }

  async currentVersion(): Promise<number> {
    if (this.#currentVersion === undefined) await this.#look();
    if (this.#currentVersion === undefined) throw new SecretBoxError(this.#failure);
    return this.#currentVersion;
  }

  async wrap(dataKey: Uint8Array, label: string): Promise<WrappedKey> {
    const version = await this.currentVersion();
    const wrapped = encrypt(await this.#key(version), dataKey, associatedData(version, label));
    return { version, wrapped: Uint8Array.from(wrapped) };
  }

  async unwrap(version: number, wrapped: Uint8Array, label: string): Promise<Uint8Array> {
    const key = await this.#key(version);
    const associated = associatedData(version, label);
    try {
      return decrypt(key, wrapped, associated);
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      await this.#look();
      const corrected = this.#lastRead.get(version);
      if (corrected === undefined || corrected.equals(key)) throw error;
      const dataKey = decrypt(corrected, wrapped, associated);
      this.#keys.set(version, corrected);
      return dataKey;
    }
  }

  async #key(version: number): Promise<KeyObject> {
    if (!this.#keys.has(version)) await this.#look();
    const key = this.#keys.get(version);
    if (key !== undefined) return key;
    throw new SecretBoxError(this.#keys.size === 0 ? this.#failure : `key-encryption key ${version} is missing`);
  }

  /** However many ask at a time, one look is under way; and for what is missing none soon after another. */
  async #look(): Promise<void> {
    if (this.#reading === undefined && this.#nowMs() - this.#missedAtMs < this.#readAgainAfterMs) return;
    const isFirst = this.#currentVersion === undefined;
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
      if (!isFirst || this.#currentVersion === undefined) this.#missedAtMs = this.#nowMs();
    });
    await this.#reading;
  }

  async #readOnce(): Promise<void> {
    try {
      const ring = await this.#read();
      try {
        this.#take(ring);
      } finally {
        for (const key of ring.byVersion.values()) key.fill(0);
      }
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error;
      this.#failure = error.message;
    }
  }

  #take({ currentVersion, byVersion }: KeyRing): void {
    for (const [version, key] of byVersion) assertKey(version, key);
    if (!byVersion.has(currentVersion)) throw new SecretBoxError(`key-encryption key ${currentVersion} is missing`);
    this.#lastRead = new Map([...byVersion].map(([version, key]) => [version, createSecretKey(key)]));
    for (const [version, key] of this.#lastRead) {
      if (!this.#keys.has(version)) this.#keys.set(version, key);
    }
    this.#currentVersion = currentVersion;
  }
}

function assertKey(version: number, key: Uint8Array): void {
  if (!Number.isInteger(version) || version < 1 || version > LARGEST_VERSION) {
    throw new SecretBoxError(`not a version of a key-encryption key: ${version}`);
  }
  if (key.length !== KEY_BYTES) {
    throw new SecretBoxError(`key-encryption key ${version} has ${key.length} bytes, not ${KEY_BYTES}`);
  }
}

function associatedData(version: number, label: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(WRAPPING, 0);
  head.writeUInt32BE(version, 1);
  return Buffer.concat([Buffer.from('latarnik/secret-box/key\0'), head, Buffer.from(label, 'utf8')]);
}
