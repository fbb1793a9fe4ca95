import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { keyAlgorithmOf, type KeyAlgorithm } from '../key/key-algorithm.js';
import { signVerified } from '../key/key-signature.js';
import { samePublicKey } from '../key/same-public-key.js';
import { Asn1Element } from './asn1.js';
import { KeyFileRefused, unreadable } from './key-file-refused.js';
import { RoundBudget } from './limits.js';
import type { PemBlock } from './pem.js';
import { decryptOldStyle } from './password-based.js';
import { decryptElement } from './pkcs12-file.js';

/** What a block of a plain key holds: PrivateKeyInfo (RFC 5208), RSAPrivateKey (RFC 8017), ECPrivateKey (RFC 5915). */
const PLAIN_FORMS: Readonly<Record<string, KeyForm>> = {
  'PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
};
const ENCRYPTED_LABEL = 'ENCRYPTED PRIVATE KEY';

type KeyForm = 'pkcs8' | 'pkcs1' | 'sec1';

export const isKeyBlock = ({ label }: PemBlock): boolean =>
  label === ENCRYPTED_LABEL || Object.hasOwn(PLAIN_FORMS, label);

/**
 * Reads a key out of a PEM block. All decryption is ours: OpenSSL gets plain keys of a form that was checked, and never
 * a password, since it would go on to decrypt what it finds, with as many rounds as that asks for.
 */
export function privateKeyOfBlock({ label, body, encryption }: PemBlock, password: Uint8Array | undefined): KeyObject {
  if (body === undefined) throw damaged();
  const form = PLAIN_FORMS[label];
  if (form === undefined) {
    // Nothing writes a key that is encrypted in both ways.
    if (encryption !== undefined) throw damaged();
    return encryptedPkcs8(body, password);
  }
  if (encryption === undefined) return plainKey(body, form);
  const secret = given(password);
  const plain = decryptOldStyle(encryption, body, secret);
  // A wrong password leaves a padding that is right by chance once in 256 times, but hardly one element of ASN.1.
  if (plain === undefined || !Asn1Element.isOne(plain)) throw new KeyFileRefused({ code: 'PASSWORD_WRONG' });
  return plainKey(plain, form);
}

function encryptedPkcs8(der: Uint8Array, password: Uint8Array | undefined): KeyObject {
  const info = parseOrRefuse(der);
  const secret = given(password);
  const text = Buffer.from(secret).toString('utf8');
  const wrong = () => new KeyFileRefused({ code: 'PASSWORD_WRONG' });
  const [algorithm, data] = [info.child(0), info.child(1).octets];
  const plain = decryptElement(algorithm, data, { utf8: secret, text }, new RoundBudget(), wrong).encoded;
  return plainKey(plain, 'pkcs8', wrong);
}

function given(password: Uint8Array | undefined): Uint8Array {
  if (password === undefined) throw new KeyFileRefused({ code: 'PASSWORD_MISSING' });
  return password;
}

const damaged = (): KeyFileRefused => unreadable('key', 'the private key is damaged');

function parseOrRefuse(der: Uint8Array): Asn1Element {
  try {
    return Asn1Element.parse(der);
  } catch {
    throw damaged();
  }
}

export const privateKeyOfPkcs8 = (pkcs8: Uint8Array): KeyObject => plainKey(pkcs8, 'pkcs8');

/** Overwrites `der`. What OpenSSL says of it is not passed on, since it may quote what it read. */
function plainKey(der: Uint8Array, form: KeyForm, refused: () => KeyFileRefused = damaged): KeyObject {
  const key = Buffer.from(der);
  try {
    assertForm(Asn1Element.parse(der), form);
    return createPrivateKey({ key, format: 'der', type: form });
  } catch {
    throw refused();
  } finally {
    key.fill(0);
    der.fill(0);
  }
}

/**
 * All three forms begin with a version; EncryptedPrivateKeyInfo begins with its algorithm, and OpenSSL would take it
 * for any of them.
 */
function assertForm(element: Asn1Element, form: KeyForm): void {
  if (!element.isSequence || !element.child(0).isInteger) throw new Error('not a plain key');
  const second = element.child(1);
  const fits = { pkcs8: second.isSequence, pkcs1: second.isInteger, sec1: second.isOctets }[form];
  if (!fits) throw new Error('not the key that the label names');
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
