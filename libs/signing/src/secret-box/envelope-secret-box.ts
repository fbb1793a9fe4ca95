import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { SecretBoxError, type SecretBox } from '@latarnik/domain';

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 5;
const WRAPPED_KEY_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
const LEAST_BOX_BYTES = HEADER_BYTES + WRAPPED_KEY_BYTES + NONCE_BYTES + TAG_BYTES;
const FORMAT = 1;
const LARGEST_VERSION = 0xffff_ffff;

/**
 * Key-encryption keys (KEK) of 32 bytes by version, 1 to 2^32 - 1, and the version that seals. To rotate: add a
 * version and make it current everywhere, seal again what is stored, then drop the old version.
 */
export interface KeyEncryptionKeys {
  readonly currentVersion: number;
  readonly byVersion: ReadonlyMap<number, Uint8Array>;
}

/**
 * Envelope encryption with AES-256-GCM: a new data key for each box, wrapped by the key-encryption key (reliability
 * S19). A box, format 1:
 *
 *     offset  bytes  content
 *          0      1  format, 1
 *          1      4  version of the key-encryption key, big-endian
 *          5     60  data key, wrapped: nonce 12, ciphertext 32, tag 16
 *         65     12  nonce of the secret
 *         77      n  ciphertext of the secret
 *       77+n     16  tag of the secret
 *
 * Both encryptions authenticate their role, the first five bytes and the label (UTF-8).
 */
export class EnvelopeSecretBox implements SecretBox {
  readonly #currentVersion: number | undefined;
  readonly #keys = new Map<number, KeyObject>();

  /**
   * @param keys copied; the caller may overwrite its bytes. Without keys every call fails with `SecretBoxError`
   * @throws SecretBoxError when a key has another length, or the current version is not among the keys
   */
  constructor(keys: KeyEncryptionKeys | undefined) {
    this.#currentVersion = keys?.currentVersion;
    for (const [version, key] of keys?.byVersion ?? []) {
      if (!Number.isInteger(version) || version < 1 || version > LARGEST_VERSION) {
        throw new SecretBoxError(`not a version of a key-encryption key: ${version}`);
      }
      if (key.length !== KEY_BYTES) {
        throw new SecretBoxError(`key-encryption key ${version} has ${key.length} bytes, not ${KEY_BYTES}`);
      }
      this.#keys.set(version, createSecretKey(key));
    }
    if (this.#currentVersion !== undefined) this.#key(this.#currentVersion);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous for keys kept elsewhere; a throw becomes a rejection
  async seal(secret: Uint8Array, label: string): Promise<Uint8Array> {
    if (this.#currentVersion === undefined) throw new SecretBoxError('no key-encryption key is configured');
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(FORMAT, 0);
    header.writeUInt32BE(this.#currentVersion, 1);
    const dataKey = randomBytes(KEY_BYTES);
    try {
      const wrapped = encrypt(this.#key(this.#currentVersion), dataKey, associatedData('key', header, label));
      const sealed = encrypt(createSecretKey(dataKey), secret, associatedData('secret', header, label));
      return Uint8Array.from(Buffer.concat([header, wrapped, sealed]));
    } finally {
      dataKey.fill(0);
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- as above
  async open(box: Uint8Array, label: string): Promise<Uint8Array> {
    const bytes = Buffer.from(box.buffer, box.byteOffset, box.byteLength);
    if (bytes.length < LEAST_BOX_BYTES || bytes.readUInt8(0) !== FORMAT) {
      throw new SecretBoxError('not a sealed box of a known format');
    }
    const header = bytes.subarray(0, HEADER_BYTES);
    const wrapped = bytes.subarray(HEADER_BYTES, HEADER_BYTES + WRAPPED_KEY_BYTES);
    const sealed = bytes.subarray(HEADER_BYTES + WRAPPED_KEY_BYTES);
    const dataKey = decrypt(this.#key(header.readUInt32BE(1)), wrapped, associatedData('key', header, label));
    try {
      return decrypt(createSecretKey(dataKey), sealed, associatedData('secret', header, label));
    } finally {
      dataKey.fill(0);
    }
  }

  #key(version: number): KeyObject {
    const key = this.#keys.get(version);
    if (key === undefined) throw new SecretBoxError(`key-encryption key ${version} is missing`);
    return key;
  }
}

function associatedData(role: 'key' | 'secret', header: Uint8Array, label: string): Buffer {
  return Buffer.concat([Buffer.from(`latarnik/secret-box/${role}\0`), header, Buffer.from(label, 'utf8')]);
}

function encrypt(key: KeyObject, plain: Uint8Array, associated: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(associated);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, sealed: Buffer, associated: Uint8Array): Uint8Array {
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(associated)
    .setAuthTag(sealed.subarray(tagAt));
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, tagAt));
  try {
    decipher.final();
    return Uint8Array.from(plain);
  } catch {
    throw new SecretBoxError('the box does not open: other key-encryption key, other label, or changed');
  } finally {
    plain.fill(0);
  }
}
