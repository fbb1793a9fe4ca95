import type { KeyFile, KeyFileRefusal, Result } from '@latarnik/domain';
import type { KeyFileReader } from '../key-file/capped-key-file-reader.js';
import { tooLarge } from '../key-file/limits.js';
import { readKeyFile, type KeyPairBytes } from '../key-file/read-key-file.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function pemFile(certificatePem: string, keyPem: string, password?: string): KeyFile {
  const pem = { kind: 'pem', certificate: bytesOf(certificatePem), key: bytesOf(keyPem) } as const;
  return password === undefined ? pem : { ...pem, password: bytesOf(password) };
}

export const pkcs12File = (bytes: Uint8Array, password: string): KeyFile => ({
  kind: 'pkcs12',
  bytes: Uint8Array.from(bytes),
  password: bytesOf(password),
});

/** Reads in this thread: for tests of what is read, and not of the limits around it. */
export const IN_PROCESS_READER: KeyFileReader = {
  read: (file) => {
    const refusal = tooLarge(file);
    return Promise.resolve(refusal === undefined ? readKeyFile(file) : { ok: false, error: refusal });
  },
};

/** The outcome in one word for a table: the kind of key, or the code of the refusal. */
export const summaryOf = (outcome: Result<KeyPairBytes, KeyFileRefusal>): string =>
  outcome.ok ? outcome.value.keyAlgorithm : outcome.error.code;
