import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Of AES-256. */
export const SEALING_KEY_BYTES = 32;

/** AES-256-GCM: nonce, tag, ciphertext; bound to a label, without which it does not open. */
export function sealText(key: Uint8Array, text: string, label: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(label));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** @throws when it was sealed with another key or under another label, or was changed */
export function openText(key: Uint8Array, box: Uint8Array, label: string): string {
  const tagEnds = NONCE_BYTES + TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(label))
    .setAuthTag(box.subarray(NONCE_BYTES, tagEnds));
  return Buffer.concat([decipher.update(box.subarray(tagEnds)), decipher.final()]).toString('utf8');
}
