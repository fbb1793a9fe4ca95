import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import { SecretBoxError } from '@latarnik/domain';

export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** AES-256-GCM: nonce 12, ciphertext, tag 16. */
export function encrypt(key: KeyObject, plain: Uint8Array, associated: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(associated);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws SecretBoxError when the key or the associated data are others, or a byte was changed */
export function decrypt(key: KeyObject, sealed: Uint8Array, associated: Uint8Array): Uint8Array {
  const tagAt = sealed.length - TAG_BYTES;
  if (tagAt < NONCE_BYTES) throw doesNotOpen();
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(associated)
    .setAuthTag(sealed.subarray(tagAt));
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, tagAt));
  try {
    decipher.final();
    return Uint8Array.from(plain);
  } catch {
    throw doesNotOpen();
  } finally {
    plain.fill(0);
  }
}

const doesNotOpen = (): SecretBoxError =>
  new SecretBoxError('the box does not open: other key-encryption key, other label, or changed');
