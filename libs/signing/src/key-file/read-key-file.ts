import type { KeyObject } from 'node:crypto';
import { err, ok, type KeyFile, type KeyFileRefusal, type Result } from '@latarnik/domain';
import { readCertificate, type CertificateFacts } from '../certificate/certificate-facts.js';
import type { KeyAlgorithm } from '../key/key-algorithm.js';
import { KeyFileRefused, unreadable } from './key-file-refused.js';
import { pemBlocks } from './pem.js';
import { readPkcs12 } from './pkcs12-file.js';
import {
  belongsTogether,
  isKeyBlock,
  privateKeyOfBlock,
  privateKeyOfPkcs8,
  supportedAlgorithm,
} from './private-key.js';

/** The one pair that a file is imported for; its certificate has been read without harm. */
export interface KeyPairBytes {
  /** X.509, DER. */
  readonly certificate: Uint8Array;
  /** DER, not encrypted: to be sealed and overwritten. */
  readonly pkcs8: Uint8Array;
  readonly keyAlgorithm: KeyAlgorithm;
}

/**
 * Reads a file, which may be hostile: whatever it holds, the outcome is a pair or a refusal. It may take seconds and
 * much memory, so it runs in a process with limits (`CappedKeyFileReader`).
 */
export function readKeyFile(file: KeyFile): Result<KeyPairBytes, KeyFileRefusal> {
  try {
    const { certificates, key } = file.kind === 'pem' ? fromPem(file) : fromPkcs12(file);
    return ok(pairOf(certificates, key));
  } catch (error) {
    if (error instanceof KeyFileRefused) return err(error.refusal);
    // The parsers throw errors of all kinds at broken input, and their messages may quote it.
    const detail = 'it is damaged, or not in the format that was named';
    return err({ code: 'FILE_UNREADABLE', part: file.kind === 'pem' ? 'key' : 'file', detail });
  }
}

interface Contents {
  readonly certificates: readonly Uint8Array[];
  readonly key: KeyObject;
}

function fromPem({ certificate, key, password }: Extract<KeyFile, { kind: 'pem' }>): Contents {
  const certificates = pemBlocks(textOf(certificate)).filter(({ label }) => label === 'CERTIFICATE');
  const keys = pemBlocks(textOf(key)).filter(isKeyBlock);
  if (certificates.length === 0) throw new KeyFileRefused({ code: 'CERTIFICATE_MISSING' });
  // `openssl ecparam` writes a block of parameters before the key: other blocks are ignored.
  const block = theOne(keys, 'KEY_MISSING', 'SEVERAL_KEYS');
  const read = certificates.map(({ body, encryption }) => {
    if (body === undefined || encryption !== undefined) throw damagedCertificate();
    return body;
  });
  return { certificates: read, key: privateKeyOfBlock(block, password) };
}

const damagedCertificate = (): KeyFileRefused => unreadable('certificate', 'the certificate is damaged');

/** Bytes that are not UTF-8 are in no PEM block we take. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function fromPkcs12({ bytes, password }: Extract<KeyFile, { kind: 'pkcs12' }>): Contents {
  const { certificates, keys } = readPkcs12(bytes, password);
  if (certificates.length === 0) throw new KeyFileRefused({ code: 'CERTIFICATE_MISSING' });
  return { certificates, key: privateKeyOfPkcs8(theOne(keys, 'KEY_MISSING', 'SEVERAL_KEYS')) };
}

function theOne<T>(all: readonly T[], none: 'KEY_MISSING', several: 'SEVERAL_KEYS'): T {
  const [one, ...more] = all;
  if (one === undefined) throw new KeyFileRefused({ code: none });
  if (more.length > 0) throw new KeyFileRefused({ code: several, count: all.length });
  return one;
}

/** Of a chain, the certificate of the key. */
function pairOf(certificates: readonly Uint8Array[], key: KeyObject): KeyPairBytes {
  const keyAlgorithm = supportedAlgorithm(key);
  const distinct = [...new Map(certificates.map((der) => [Buffer.from(der).toString('latin1'), der])).values()];
  const readable = distinct.map(tryRead).filter((facts) => facts !== undefined);
  const [own, ...more] = readable.filter(({ publicKey }) => belongsTogether(key, publicKey));
  if (own === undefined) {
    if (readable.length < distinct.length) throw damagedCertificate();
    throw new KeyFileRefused({ code: 'KEY_DOES_NOT_MATCH' });
  }
  if (more.length > 0) throw new KeyFileRefused({ code: 'SEVERAL_CERTIFICATES', count: more.length + 1 });
  const exported = key.export({ format: 'der', type: 'pkcs8' });
  const pkcs8 = Uint8Array.from(exported);
  exported.fill(0);
  return { certificate: own.der, pkcs8, keyAlgorithm };
}

function tryRead(der: Uint8Array): CertificateFacts | undefined {
  try {
    return readCertificate(der);
  } catch {
    return undefined;
  }
}
