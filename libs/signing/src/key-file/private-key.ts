import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { keyAlgorithmOf, type KeyAlgorithm } from '../key/key-algorithm.js';
import { signVerified } from '../key/key-signature.js';
import { samePublicKey } from '../key/same-public-key.js';
import { Asn1Element } from './asn1.js';
import { KeyFileRefused, unreadable } from './key-file-refused.js';
import { RoundBudget } from './limits.js';
import type { PemBlock } from './pem.js';
import { decryptElement } from './pkcs12-file.js';

/** PKCS#8, PKCS#1 and SEC1. */
const PLAIN_LABELS = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];
const ENCRYPTED_LABEL = 'ENCRYPTED PRIVATE KEY';
/** Of old-style encrypted keys; their derivation is one round of MD5, so there is nothing to limit. */
const OLD_CIPHERS = ['AES-128-CBC', 'AES-192-CBC', 'AES-256-CBC', 'DES-EDE3-CBC'];

export const isKeyBlock = ({ label }: PemBlock): boolean => label === ENCRYPTED_LABEL || PLAIN_LABELS.includes(label);

/** Reads a key out of a PEM block; what OpenSSL says of it is not passed on, since it may quote what it read. */
export function privateKeyOfBlock(block: PemBlock, password: Uint8Array | undefined): KeyObject {
  if (block.label === ENCRYPTED_LABEL) return encryptedPkcs8(block, password);
  if (block.cipher !== undefined) return oldStyleEncrypted(block, block.cipher, password);
  if (block.der === undefined) throw unreadable('key', 'the private key is damaged');
  try {
    return createPrivateKey({ key: block.text, format: 'pem' });
  } catch {
    throw unreadable('key', 'the private key is damaged');
  }
}

/** Decrypted here and not by OpenSSL, which would do as many rounds as the file says. */
function encryptedPkcs8({ der }: PemBlock, password: Uint8Array | undefined): KeyObject {
  if (der === undefined) throw unreadable('key', 'the private key is damaged');
  const info = parseOrRefuse(der);
  const secret = given(password);
  const text = Buffer.from(secret).toString('utf8');
  const wrong = () => new KeyFileRefused({ code: 'PASSWORD_WRONG' });
  const [algorithm, data] = [info.child(0), info.child(1).octets];
  return privateKeyOfPkcs8(
    decryptElement(algorithm, data, { utf8: secret, text }, new RoundBudget(), wrong).encoded,
    wrong,
  );
}

function oldStyleEncrypted({ text }: PemBlock, cipher: string, password: Uint8Array | undefined): KeyObject {
  if (!OLD_CIPHERS.includes(cipher)) throw new KeyFileRefused({ code: 'ENCRYPTION_NOT_SUPPORTED', found: cipher });
  const passphrase = Buffer.from(given(password));
  try {
    return createPrivateKey({ key: text, format: 'pem', passphrase });
  } catch {
    throw new KeyFileRefused({ code: 'PASSWORD_WRONG' });
  } finally {
    passphrase.fill(0);
  }
}

function given(password: Uint8Array | undefined): Uint8Array {
  if (password === undefined) throw new KeyFileRefused({ code: 'PASSWORD_MISSING' });
  return password;
}

function parseOrRefuse(der: Uint8Array): Asn1Element {
  try {
    return Asn1Element.parse(der);
  } catch {
    throw unreadable('key', 'the private key is damaged');
  }
}

export function privateKeyOfPkcs8(
  pkcs8: Uint8Array,
  refused: () => KeyFileRefused = () => unreadable('key', 'the private key is damaged'),
): KeyObject {
  const key = Buffer.from(pkcs8);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch {
    throw refused();
  } finally {
    key.fill(0);
    pkcs8.fill(0);
  }
}

/** @throws KeyFileRefused for another kind or size of key than KSeF certifies */
export function supportedAlgorithm(key: KeyObject): KeyAlgorithm {
  const algorithm = keyAlgorithmOf(key);
  if (algorithm !== undefined) return algorithm;
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const found = [key.asymmetricKeyType, namedCurve, modulusLength].filter((part) => part !== undefined).join(' ');
  throw new KeyFileRefused({ code: 'KEY_NOT_SUPPORTED', found });
}

/** The public keys are equal, and the private key really makes signatures of that public key. */
export function belongsTogether(privateKey: KeyObject, publicKey: KeyObject): boolean {
  if (!samePublicKey(createPublicKey(privateKey), publicKey)) return false;
  try {
    signVerified({ privateKey, publicKey }, 'xml-signature', Buffer.from('latarnik/key-check'));
    return true;
  } catch {
    return false;
  }
}
