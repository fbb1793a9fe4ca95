import 'reflect-metadata';
import { type KeyObject, KeyObject as KeyObjectClass, webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

export { x509 };

export type KeyType = 'EC' | 'RSA';

const GENERATION = {
  EC: { name: 'ECDSA', namedCurve: 'P-256' },
  RSA: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const;

/** How a certificate is signed with a key of each type. */
export const SIGNING = {
  EC: { name: 'ECDSA', hash: 'SHA-256' },
  RSA: { name: 'RSASSA-PKCS1-v1_5' },
} as const;

/** A fresh key pair: EC P-256 or RSA 2048. */
export async function generateKeys(type: KeyType): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(GENERATION[type], true, ['sign', 'verify']);
}

/** The same key for `node:crypto`. */
export function toKeyObject(key: webcrypto.CryptoKey): KeyObject {
  return KeyObjectClass.from(key);
}
