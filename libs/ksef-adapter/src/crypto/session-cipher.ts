import { type Cipheriv, createCipheriv, randomBytes } from 'node:crypto';

import type { SealedPackage } from '@latarnik/domain';

/** KSeF's encryption of what is sent: AES-256-CBC with PKCS#7, the IV declared once per session (domain rules 8.2). */
const ALGORITHM = 'aes-256-cbc';
const KEY_BYTES = 32;
const IV_BYTES = 16;

export const freshSessionKey = (): Uint8Array => randomBytes(KEY_BYTES);
export const freshInitializationVector = (): Uint8Array => randomBytes(IV_BYTES);

/** For one part or one invoice; the same key and IV serve all of a session. */
export function sessionCipher(key: Uint8Array, initializationVector: Uint8Array): Cipheriv {
  return createCipheriv(ALGORITHM, key, initializationVector);
}

export function encrypt(plain: Uint8Array, key: Uint8Array, initializationVector: Uint8Array): Uint8Array {
  const cipher = sessionCipher(key, initializationVector);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

/**
 * What a sealed session key is bound to: the package it encrypts. A key moved to another package's row does not open.
 */
export function sessionKeyLabel({
  sha256,
  initializationVector,
}: Pick<SealedPackage, 'sha256' | 'initializationVector'>): string {
  return `batch-session-key|${sha256}|${Buffer.from(initializationVector).toString('base64')}`;
}
