import { createPrivateKey, type KeyObject } from 'node:crypto';
import { err, ok, type ImportRefusal, type Result } from '@latarnik/domain';
import { pemBlocks } from './pem.js';

/** PKCS#8, PKCS#1 and SEC1. */
const KEY_LABELS = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];
const ENCRYPTED_LABEL = 'ENCRYPTED PRIVATE KEY';

/**
 * Reads the one private key of a PEM text, which must not be encrypted. `openssl ecparam` writes a block of parameters
 * before the key: other blocks are ignored. Details are our own words: OpenSSL's may quote what it read.
 */
export function privateKeyFromPem(pem: string): Result<KeyObject, ImportRefusal> {
  const blocks = pemBlocks(pem);
  if (blocks.some(({ label }) => label === ENCRYPTED_LABEL))
    return unreadable('the key is encrypted: decrypt it first');
  const [block, ...more] = blocks.filter(({ label }) => KEY_LABELS.includes(label));
  if (block === undefined) return unreadable('there is no private key in PEM');
  if (more.length > 0) return unreadable('there is more than one private key');
  if (block.der === undefined) return unreadable('the private key is encrypted or damaged');
  try {
    return ok(createPrivateKey({ key: block.text, format: 'pem' }));
  } catch {
    return unreadable('the private key is damaged');
  }
}

const unreadable = (detail: string): Result<never, ImportRefusal> => err({ code: 'KEY_UNREADABLE', detail });
