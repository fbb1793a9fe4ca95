import type { KeyFile, KeyFileRefusal } from '@latarnik/domain';
import { KeyFileRefused } from './key-file-refused.js';

/** KSeF's own files are about 2 kB; a PKCS#12 file with a chain and RSA 4096 is below 20 kB. */
export const LARGEST_FILE_BYTES = 128 * 1024;
/** Blocks of a PEM file, or parts and bags of a PKCS#12 file, which has two parts; a chain has 3 or 4 certificates. */
export const MOST_ENTRIES = 32;

/**
 * All the work of key derivation that one file may ask for, in rounds, and in blocks (N·r·p) of scrypt. Either costs
 * 0.1 to 1.5 µs here, in OpenSSL or in JavaScript, so this many take up to 8 s and end before the time limit of the
 * process that reads does (10 s). Files in use ask for 2,000 (Windows, OpenSSL) or 10,000 (Java) rounds per key, and for
 * about 2,000,000 in sum at the most (NSS, 600,000 each).
 */
export const MOST_ROUNDS = 5_000_000;

/** Memory and work of one scrypt, four and eight times what OpenSSL asks for: about half a second. */
export const MOST_SCRYPT_BYTES = 64 * 1024 * 1024;
export const MOST_SCRYPT_BLOCKS = 1024 * 1024;

/** What is left of the work of one file. */
export class RoundBudget {
  #left = MOST_ROUNDS;

  /** @throws KeyFileRefused when there are not so many left; nothing must be derived before this was asked */
  spend(rounds: number): void {
    if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > this.#left) {
      throw new KeyFileRefused({ code: 'FILE_TOO_COSTLY', limit: 'iterations' });
    }
    this.#left -= rounds;
  }
}

/** The size is checked before anything is read or copied. */
export function tooLarge(file: KeyFile): KeyFileRefusal | undefined {
  const parts = file.kind === 'pem' ? [file.certificate, file.key] : [file.bytes];
  const sizes = [...parts, file.password ?? new Uint8Array()].map(({ length }) => length);
  return sizes.some((size) => size > LARGEST_FILE_BYTES)
    ? { code: 'FILE_TOO_LARGE', largestBytes: LARGEST_FILE_BYTES }
    : undefined;
}
