import { createDecipheriv, createHash, createHmac, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto';
import forge from 'node-forge';
import type { Asn1Element } from './asn1.js';
import { KeyFileRefused, unreadable } from './key-file-refused.js';
import { MOST_SCRYPT_BLOCKS, MOST_SCRYPT_BYTES, type RoundBudget } from './limits.js';
import type { DekInfo } from './pem.js';

/** A password in the two forms that key derivations take it in. */
export interface Password {
  readonly utf8: Uint8Array;
  /** For PKCS#12's own derivation (RFC 7292 appendix B); `null` is the empty password without its closing zeros. */
  readonly text: string | null;
}

/** Where in PKCS#12 a derived value is used (RFC 7292 appendix B.3). */
const KEY_MATERIAL = 1;
const INITIAL_VALUE = 2;
const MAC_KEY = 3;

type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';
/** Bytes of one output, in which keys are derived. */
const HASH_BYTES: Readonly<Record<HashName, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };

const HASHES: Readonly<Record<string, HashName>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const HMACS: Readonly<Record<string, HashName>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';
const PBMAC1 = '1.2.840.113549.1.5.14';

const PBES2_CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
};

/** Of old-style encrypted keys. */
const OLD_CIPHERS: Readonly<Record<string, { readonly keyBytes: number; readonly ivBytes: number }>> = {
  'AES-128-CBC': { keyBytes: 16, ivBytes: 16 },
  'AES-192-CBC': { keyBytes: 24, ivBytes: 16 },
  'AES-256-CBC': { keyBytes: 32, ivBytes: 16 },
  'DES-EDE3-CBC': { keyBytes: 24, ivBytes: 8 },
};
const OLD_SALT_BYTES = 8;

type Decrypt = (key: Buffer, iv: Buffer, data: Uint8Array) => Uint8Array;

/** The schemes of RFC 7292 appendix C that files still come in; its RC4 and two-key 3DES are not among them. */
const PKCS12_CIPHERS: Readonly<Record<string, { readonly keyBytes: number; readonly decrypt: Decrypt }>> = {
  '1.2.840.113549.1.12.1.3': { keyBytes: 24, decrypt: (key, iv, data) => decipher('des-ede3-cbc', key, iv, data) },
  '1.2.840.113549.1.12.1.5': { keyBytes: 16, decrypt: rc2 },
  '1.2.840.113549.1.12.1.6': { keyBytes: 5, decrypt: rc2 },
};
const PKCS12_IV_BYTES = 8;

/**
 * Decrypts what `algorithm` (AlgorithmIdentifier) says was encrypted under the password.
 *
 * @returns `undefined` when the padding is wrong: the password is, or the data
 * @throws KeyFileRefused for a scheme we do not have, and for too many rounds
 */
export function decrypt(
  algorithm: Asn1Element,
  data: Uint8Array,
  password: Password,
  budget: RoundBudget,
): Uint8Array | undefined {
  const { oid } = algorithm.child(0);
  const run = oid === PBES2 ? pbes2(algorithm.child(1), password, budget) : pkcs12(algorithm, password, budget);
  try {
    return run(data);
  } catch {
    return undefined;
  }
}

/**
 * Decrypts the body of an old-style encrypted key. Its derivation (OpenSSL's EVP_BytesToKey, MD5) is one round, so there
 * is nothing to limit.
 *
 * @returns `undefined` when the padding is wrong: the password is, or the data
 * @throws KeyFileRefused for a cipher we do not have, and for an initial value that is not the cipher's
 */
export function decryptOldStyle({ cipher, iv }: DekInfo, data: Uint8Array, utf8: Uint8Array): Uint8Array | undefined {
  const known = OLD_CIPHERS[cipher];
  if (known === undefined) throw notSupported(cipher);
  if (iv.length !== known.ivBytes) throw unreadable('key', 'the private key is damaged');
  const salt = iv.subarray(0, OLD_SALT_BYTES);
  let derived = Buffer.alloc(0);
  let last: Uint8Array = derived;
  while (derived.length < known.keyBytes) {
    last = createHash('md5').update(last).update(utf8).update(salt).digest();
    derived = Buffer.concat([derived, last]);
  }
  try {
    return decipher(cipher, derived.subarray(0, known.keyBytes), Buffer.from(iv), data);
  } catch {
    return undefined;
  }
}

function pbes2(parameters: Asn1Element, { utf8 }: Password, budget: RoundBudget): (data: Uint8Array) => Uint8Array {
  const scheme = parameters.child(1);
  const cipher = PBES2_CIPHERS[scheme.child(0).oid];
  if (cipher === undefined) throw notSupported(scheme.child(0).oid);
  const iv = Buffer.from(scheme.child(1).octets);
  const derivation = parameters.child(0);
  const key =
    derivation.child(0).oid === SCRYPT
      ? scrypt(derivation.child(1), utf8, cipher.keyBytes, budget)
      : pbkdf2(derivation, utf8, cipher.keyBytes, budget);
  return (data) => decipher(cipher.name, key, iv, data);
}

/** RFC 7914; OpenSSL writes N = 16384, r = 8, p = 1. */
function scrypt(parameters: Asn1Element, utf8: Uint8Array, keyBytes: number, budget: RoundBudget): Buffer {
  const [N, r, p] = [1, 2, 3].map((at) => parameters.child(at).integer) as [number, number, number];
  if (128 * N * r > MOST_SCRYPT_BYTES || N * r * p > MOST_SCRYPT_BLOCKS) {
    throw new KeyFileRefused({ code: 'FILE_TOO_COSTLY', limit: 'iterations' });
  }
  budget.spend(N * r * p);
  return scryptSync(utf8, parameters.child(0).octets, keyBytes, { N, r, p, maxmem: 2 * MOST_SCRYPT_BYTES });
}

function pkcs12(algorithm: Asn1Element, { text }: Password, budget: RoundBudget): (data: Uint8Array) => Uint8Array {
  const cipher = PKCS12_CIPHERS[algorithm.child(0).oid];
  if (cipher === undefined) throw notSupported(algorithm.child(0).oid);
  const [salt, rounds] = [algorithm.child(1).child(0).octets, algorithm.child(1).child(1).integer];
  const derived = { text, salt, rounds, hash: 'sha1' } as const;
  const key = derive({ ...derived, id: KEY_MATERIAL, bytes: cipher.keyBytes }, budget);
  const iv = derive({ ...derived, id: INITIAL_VALUE, bytes: PKCS12_IV_BYTES }, budget);
  return (data) => cipher.decrypt(key, iv, data);
}

/** Whether the MAC of a PKCS#12 file (MacData) is that of `content` under this password. */
export function macFits(macData: Asn1Element, content: Uint8Array, password: Password, budget: RoundBudget): boolean {
  const [algorithm, expected] = [macData.child(0).child(0), macData.child(0).child(1).octets];
  const actual =
    algorithm.child(0).oid === PBMAC1
      ? pbmac1(algorithm.child(1), content, password, budget)
      : classicMac(macData, algorithm.child(0).oid, content, password, budget);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function classicMac(
  macData: Asn1Element,
  hashOid: string,
  content: Uint8Array,
  { text }: Password,
  budget: RoundBudget,
): Buffer {
  const hash = HASHES[hashOid];
  if (hash === undefined) throw notSupported(hashOid);
  const salt = macData.child(1).octets;
  const rounds = macData.children[2]?.integer ?? 1;
  const key = derive({ text, salt, rounds, hash, id: MAC_KEY, bytes: HASH_BYTES[hash] }, budget);
  return createHmac(hash, key).update(content).digest();
}

/** RFC 9579. */
function pbmac1(parameters: Asn1Element, content: Uint8Array, { utf8 }: Password, budget: RoundBudget): Buffer {
  const scheme = parameters.child(1).child(0).oid;
  const hash = HMACS[scheme];
  if (hash === undefined) throw notSupported(scheme);
  const keyBytes = keyLengthOf(parameters.child(0));
  if (keyBytes === undefined || keyBytes > HASH_BYTES.sha512) throw notSupported(PBMAC1);
  return createHmac(hash, pbkdf2(parameters.child(0), utf8, keyBytes, budget))
    .update(content)
    .digest();
}

const keyLengthOf = (derivation: Asn1Element): number | undefined =>
  derivation
    .child(1)
    .children.slice(2)
    .find(({ isInteger }) => isInteger)?.integer;

/** PBKDF2 (RFC 8018 appendix A.2). The length of the key is the cipher's, not what the file says. */
function pbkdf2(derivation: Asn1Element, utf8: Uint8Array, keyBytes: number, budget: RoundBudget): Buffer {
  const { oid } = derivation.child(0);
  if (oid !== PBKDF2) throw notSupported(oid);
  const [salt, rounds, ...more] = derivation.child(1).children;
  if (salt === undefined || rounds === undefined) throw new Error('PBKDF2 lacks its parameters');
  const prfOid = more.find(({ isSequence }) => isSequence)?.child(0).oid;
  const prf = prfOid === undefined ? 'sha1' : HMACS[prfOid];
  if (prf === undefined) throw notSupported(prfOid ?? '');
  budget.spend(rounds.integer * Math.ceil(keyBytes / HASH_BYTES[prf]));
  return pbkdf2Sync(utf8, salt.octets, rounds.integer, keyBytes, prf);
}

interface Derivation {
  readonly text: string | null;
  readonly salt: Uint8Array;
  readonly rounds: number;
  readonly hash: HashName;
  readonly id: number;
  readonly bytes: number;
}

/** PKCS#12's own derivation (RFC 7292 appendix B.2). */
function derive({ text, salt, rounds, hash, id, bytes }: Derivation, budget: RoundBudget): Buffer {
  budget.spend(rounds * Math.ceil(bytes / HASH_BYTES[hash]));
  const saltBuffer = forge.util.createBuffer(Buffer.from(salt).toString('latin1'));
  const key = forge.pkcs12.generateKey(text, saltBuffer, id, rounds, bytes, forge.md[hash].create());
  return Buffer.from(key.getBytes(), 'latin1');
}

function decipher(name: string, key: Buffer, iv: Buffer, data: Uint8Array): Uint8Array {
  const cipher = createDecipheriv(name, key, iv);
  return Uint8Array.from(Buffer.concat([cipher.update(data), cipher.final()]));
}

/** OpenSSL 3 has RC2 in its legacy provider only, which Node does not load. */
function rc2(key: Buffer, iv: Buffer, data: Uint8Array): Uint8Array {
  const cipher = forge.rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8);
  cipher.start(iv.toString('latin1'));
  cipher.update(forge.util.createBuffer(Buffer.from(data).toString('latin1')));
  if (!cipher.finish()) throw new Error('wrong padding');
  return Uint8Array.from(Buffer.from(cipher.output.getBytes(), 'latin1'));
}

/** By its number, or its name where the file has one: people look schemes up by it. */
const notSupported = (oid: string): KeyFileRefused =>
  new KeyFileRefused({ code: 'ENCRYPTION_NOT_SUPPORTED', found: oid });
