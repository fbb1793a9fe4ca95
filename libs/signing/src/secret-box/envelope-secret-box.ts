import { createSecretKey, randomBytes } from 'node:crypto';
import {
  SecretBoxError,
  type BoxRewrapper,
  type KeyEncryptionKeys,
  type SecretBox,
  type WrappedKey,
} from '@latarnik/domain';
import { decrypt, encrypt, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from './aes-gcm.js';

const FORMAT = 2;
const HEADER_BYTES = 7;
const LONGEST_WRAPPED_BYTES = 0xffff;
/** Format 1 knew one form of wrapped key only. */
const OLD_FORMAT = 1;
const OLD_HEADER_BYTES = 5;
const OLD_WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/** Some boxes that are stored under a version of the key-encryption key, with their labels. */
export type StoredBoxes = (version: number) => Promise<readonly { readonly box: Uint8Array; readonly label: string }[]>;

interface Box {
  readonly version: number;
  readonly wrapped: Uint8Array;
  /** Nonce, ciphertext, tag. */
  readonly sealed: Uint8Array;
  /** What the encryption of the secret authenticates beside the label. */
  readonly head: Uint8Array;
}

/**
 * Envelope encryption with AES-256-GCM: a new data key for each box, wrapped by the key-encryption key (reliability
 * S19). A box, format 2:
 *
 *     offset  bytes  content
 *          0      1  format, 2
 *          1      4  version of the key-encryption key, big-endian
 *          5      2  n, length of the wrapped data key, big-endian
 *          7      n  data key, wrapped (by files or environment: nonce 12, ciphertext 32, tag 16)
 *        7+n     12  nonce of the secret
 *       19+n      m  ciphertext of the secret
 *     19+n+m     16  tag of the secret
 *
 * The secret's encryption authenticates its role, the format and the label (UTF-8), and not the version: another
 * key-encryption key takes the data key over, and the secret stays as it is. Format 1, of earlier releases, has no
 * length (n is 60) and authenticates the version with the secret; it is opened, and never written.
 */
export class EnvelopeSecretBox implements SecretBox, BoxRewrapper {
  readonly #keys: KeyEncryptionKeys;
  readonly #stored: StoredBoxes;
  /** The version of which a stored box was opened. */
  #provenVersion: number | undefined;

  /** @param stored some boxes that others sealed before, to tell a wrong key by */
  constructor(keys: KeyEncryptionKeys, stored: StoredBoxes = () => Promise.resolve([])) {
    this.#keys = keys;
    this.#stored = stored;
  }

  async seal(secret: Uint8Array, label: string): Promise<Uint8Array> {
    const dataKey = randomBytes(KEY_BYTES);
    try {
      const { version, wrapped } = await this.#wrap(dataKey, label);
      const sealed = encrypt(createSecretKey(dataKey), secret, associatedData(Uint8Array.of(FORMAT), label));
      return write(version, wrapped, sealed);
    } finally {
      dataKey.fill(0);
    }
  }

  async open(box: Uint8Array, label: string): Promise<Uint8Array> {
    const { version, wrapped, sealed, head } = read(box);
    const dataKey = await this.#keys.unwrap(version, wrapped, label);
    try {
      return decrypt(createSecretKey(dataKey), sealed, associatedData(head, label));
    } finally {
      dataKey.fill(0);
    }
  }

  /** Only a key that was proven wraps: while one is proven, a newer one may be found. */
  async #wrap(dataKey: Uint8Array, label: string): Promise<WrappedKey> {
    let version = await this.#keys.currentVersion();
    for (;;) {
      await this.#prove(version);
      const wrapped = await this.#keys.wrap(dataKey, label);
      if (wrapped.version === version) return wrapped;
      version = wrapped.version;
    }
  }

  /**
   * A wrong key would seal what nobody opens once the right one is back: where boxes of the same version are stored, it
   * has to open one of them first.
   */
  async #prove(version: number): Promise<void> {
    if (this.#provenVersion === version) return;
    const stored = (await this.#stored(version)).filter(({ box }) => isUnder(version, box));
    if (stored.length === 0) return;
    for (const { box, label } of stored) {
      if (!(await this.#opens(box, label))) continue;
      this.#provenVersion = version;
      return;
    }
    throw new SecretBoxError(`key-encryption key ${version} is not the one that stored keys were sealed under`);
  }

  async #opens(box: Uint8Array, label: string): Promise<boolean> {
    try {
      (await this.open(box, label)).fill(0);
      return true;
    } catch (error) {
      if (error instanceof SecretBoxError) return false;
      throw error;
    }
  }

  /** A box under the current version is opened, and so is a new one before it is handed out. */
  async rewrap(box: Uint8Array, label: string): Promise<Uint8Array | undefined> {
    const { version, wrapped, sealed, head } = read(box);
    const currentVersion = await this.#keys.currentVersion();
    if (version === currentVersion) {
      (await this.open(box, label)).fill(0);
      return undefined;
    }
    await this.#prove(currentVersion);
    const secret = await this.open(box, label);
    let moved: Uint8Array;
    try {
      moved = head[0] === FORMAT ? await this.#move(version, wrapped, sealed, label) : await this.seal(secret, label);
    } finally {
      secret.fill(0);
    }
    (await this.open(moved, label)).fill(0);
    return moved;
  }

  async #move(version: number, wrapped: Uint8Array, sealed: Uint8Array, label: string): Promise<Uint8Array> {
    const dataKey = await this.#keys.unwrap(version, wrapped, label);
    try {
      const next = await this.#wrap(dataKey, label);
      return write(next.version, next.wrapped, sealed);
    } finally {
      dataKey.fill(0);
    }
  }
}

function write(version: number, wrapped: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (wrapped.length > LONGEST_WRAPPED_BYTES) throw new SecretBoxError('the wrapped data key is too long');
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(FORMAT, 0);
  header.writeUInt32BE(version, 1);
  header.writeUInt16BE(wrapped.length, 5);
  return Uint8Array.from(Buffer.concat([header, wrapped, sealed]));
}

function read(box: Uint8Array): Box {
  const bytes = Buffer.from(box.buffer, box.byteOffset, box.byteLength);
  const format = bytes[0];
  const isLong = bytes.length >= HEADER_BYTES;
  if (!isLong || (format !== FORMAT && format !== OLD_FORMAT)) throw notABox();
  const wrappedAt = format === FORMAT ? HEADER_BYTES : OLD_HEADER_BYTES;
  const sealedAt = wrappedAt + (format === FORMAT ? bytes.readUInt16BE(5) : OLD_WRAPPED_BYTES);
  if (bytes.length < sealedAt + NONCE_BYTES + TAG_BYTES) throw notABox();
  return {
    version: bytes.readUInt32BE(1),
    wrapped: bytes.subarray(wrappedAt, sealedAt),
    sealed: bytes.subarray(sealedAt),
    head: bytes.subarray(0, format === FORMAT ? 1 : OLD_HEADER_BYTES),
  };
}

function isUnder(version: number, box: Uint8Array): boolean {
  try {
    return read(box).version === version;
  } catch {
    return false;
  }
}

const notABox = (): SecretBoxError => new SecretBoxError('not a sealed box of a known format');

function associatedData(head: Uint8Array, label: string): Buffer {
  return Buffer.concat([Buffer.from('latarnik/secret-box/secret\0'), head, Buffer.from(label, 'utf8')]);
}
