import { createDecipheriv, type Decipheriv } from 'node:crypto';

/** The session cipher: AES-256-CBC with PKCS#7 padding (domain-rules 8.2). */
export function sessionDecipher(key: Buffer, initializationVector: string): Decipheriv {
  return createDecipheriv('aes-256-cbc', key, Buffer.from(initializationVector, 'base64'));
}

/** @returns undefined when padding or length show that key, vector or ciphertext are wrong */
export function decryptWhole(ciphertext: Buffer, key: Buffer, initializationVector: string): Buffer | undefined {
  const decipher = sessionDecipher(key, initializationVector);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}
