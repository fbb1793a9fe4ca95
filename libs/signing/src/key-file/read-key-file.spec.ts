import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyFile, KeyFileRefusal } from '@latarnik/domain';
import { KEY_KINDS, makeCertificate, NON_REPUDIATION, type MadeCertificate } from '../testing/certificates.js';
import { pemFile, pkcs12File } from '../testing/key-files.js';
import { encryptedPkcs8Of, pkcs12Of, type Pkcs12Order } from '../testing/pkcs12.js';
import { readKeyFile } from './read-key-file.js';

const PASSWORD = 'zażółć gęślą 🔑';

let ec: MadeCertificate;
let rsa: MadeCertificate;
beforeAll(async () => {
  ec = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });
  rsa = await makeCertificate({ kind: 'rsa-2048', usage: NON_REPUDIATION });
});

const pkcs8Of = ({ keyPem }: MadeCertificate): Buffer =>
  createPrivateKey(keyPem).export({ format: 'der', type: 'pkcs8' });
const pemOf = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;

const p12Of = (made: MadeCertificate, more: Partial<Pkcs12Order> = {}): KeyFile => {
  const order = { certificates: [made.der], keys: [pkcs8Of(made)], password: PASSWORD, ...more };
  return pkcs12File(pkcs12Of(order), order.password);
};

const refusalOf = (file: KeyFile): KeyFileRefusal | undefined => {
  const outcome = readKeyFile(file);
  return outcome.ok ? undefined : outcome.error;
};

/** Whether the pair that was read is the one that was made. */
function expectPair(file: KeyFile, made: MadeCertificate): void {
  const outcome = readKeyFile(file);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  const { certificate, pkcs8 } = outcome.value;
  expect(certificate).toEqual(made.der);
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  expect(key.equals(createPrivateKey(made.keyPem))).toBe(true);
}

const madeOf = (kind: (typeof KEY_KINDS)[number]): MadeCertificate => (kind === 'ec-p256' ? ec : rsa);

describe.each(KEY_KINDS)('a PEM file with a key of %s', (kind) => {
  const own = kind === 'ec-p256' ? 'sec1' : 'pkcs1';
  const aes = { cipher: 'aes-256-cbc', passphrase: PASSWORD, format: 'pem' } as const;
  const keyOf = (write: (key: KeyObject) => string | Buffer) => String(write(createPrivateKey(madeOf(kind).keyPem)));

  it.each([
    ['PKCS#8', (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' }), 'BEGIN PRIVATE'],
    [own, (key: KeyObject) => key.export({ format: 'pem', type: own }), kind === 'ec-p256' ? 'EC PRI' : 'RSA PRI'],
  ])('reads %s, with or without a password that it does not need', (_form, write, expected) => {
    const key = keyOf(write);
    expect(key).toContain(expected);
    expectPair(pemFile(madeOf(kind).certificatePem, key), madeOf(kind));
    expectPair(pemFile(madeOf(kind).certificatePem, key, PASSWORD), madeOf(kind));
  });

  it.each([
    ['encrypted PKCS#8', (key: KeyObject) => key.export({ ...aes, type: 'pkcs8' }), 'BEGIN ENCRYPTED PRIVATE'],
    [`encrypted ${own}`, (key: KeyObject) => key.export({ ...aes, type: own }), 'DEK-Info: AES-256-CBC'],
  ])('reads %s with its password, and says whether it is wrong or missing', (_form, write, expected) => {
    const key = keyOf(write);
    const { certificatePem } = madeOf(kind);
    expect(key).toContain(expected);
    expectPair(pemFile(certificatePem, key, PASSWORD), madeOf(kind));
    expect(refusalOf(pemFile(certificatePem, key, 'wrong'))).toEqual({ code: 'PASSWORD_WRONG' });
    expect(refusalOf(pemFile(certificatePem, key, ''))).toEqual({ code: 'PASSWORD_WRONG' });
    expect(refusalOf(pemFile(certificatePem, key))).toEqual({ code: 'PASSWORD_MISSING' });
  });
});

describe('a PEM file', () => {
  it('may have a chain of certificates in any order, and the same one twice', () => {
    const { certificatePem, authorityPem, keyPem } = ec;
    for (const chain of [certificatePem + authorityPem, authorityPem + certificatePem + certificatePem]) {
      expectPair(pemFile(chain, keyPem), ec);
    }
  });

  it('may have Windows line ends, text around its blocks, and parameters before the key', () => {
    const crlf = (pem: string) => `Bag Attributes\r\n${pem.replaceAll('\n', '\r\n')}\r\n`;
    const parameters = pemOf('EC PARAMETERS', Buffer.from('06082a8648ce3d030107', 'hex'));

    expectPair(pemFile(crlf(ec.certificatePem), crlf(parameters + ec.keyPem)), ec);
  });

  it('is refused when a part is missing, damaged or there twice', () => {
    const { certificatePem, keyPem } = ec;
    const damagedCertificate = certificatePem.replace(/^(-----BEGIN CERTIFICATE-----\n.{20})..../, '$1AAAA');
    const der = Buffer.concat([ec.der, Buffer.from('and more')]);

    expect(refusalOf(pemFile('', keyPem))).toEqual({ code: 'CERTIFICATE_MISSING' });
    expect(refusalOf(pemFile(keyPem, keyPem))).toEqual({ code: 'CERTIFICATE_MISSING' });
    expect(refusalOf(pemFile(certificatePem, certificatePem))).toEqual({ code: 'KEY_MISSING' });
    expect(refusalOf(pemFile(certificatePem, keyPem + rsa.keyPem))).toEqual({ code: 'SEVERAL_KEYS', count: 2 });
    for (const broken of [damagedCertificate, pemOf('CERTIFICATE', der)]) {
      expect(refusalOf(pemFile(broken, keyPem))).toMatchObject({ code: 'FILE_UNREADABLE', part: 'certificate' });
    }
    expect(refusalOf(pemFile(certificatePem, keyPem.replace(/\n.{8}/, '\nAAAAAAAA')))).toMatchObject({
      code: 'FILE_UNREADABLE',
      part: 'key',
    });
  });

  it('is refused when an old cipher is one that OpenSSL no longer has', () => {
    const key = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,0011223344556677\n\nAAAA\n-----END RSA PRIVATE KEY-----`;

    expect(refusalOf(pemFile(rsa.certificatePem, key, 'x'))).toEqual({
      code: 'ENCRYPTION_NOT_SUPPORTED',
      found: 'DES-CBC',
    });
  });
});

describe.each(KEY_KINDS)('a PKCS#12 file with a key of %s', (kind) => {
  it.each<[string, Partial<Pkcs12Order>]>([
    ['in modern encryption', {}],
    ['with an empty password', { password: '' }],
    ['with a MAC of RFC 9579 (PBMAC1)', { mac: 'pbmac1' }],
    ['without a MAC', { mac: 'none' }],
    ['in BER, cut in pieces', { ber: true }],
    ['with bags in bags', { depth: 3 }],
    ['with more rounds', { rounds: 20_000, macRounds: 5000 }],
  ])('is read %s', (_what, order) => {
    expectPair(p12Of(madeOf(kind), order), madeOf(kind));
  });

  it.each<[string, Partial<Pkcs12Order>]>([
    ['SHA-256', {}],
    ['PBMAC1', { mac: 'pbmac1' }],
    ['no', { mac: 'none' }],
  ])('says that the password is wrong, with %s MAC', (_what, order) => {
    const made = madeOf(kind);
    const bytes = pkcs12Of({ certificates: [made.der], keys: [pkcs8Of(made)], password: PASSWORD, ...order });

    for (const password of ['wrong', '', PASSWORD.slice(0, -1)]) {
      expect(refusalOf(pkcs12File(bytes, password))).toEqual({ code: 'PASSWORD_WRONG' });
    }
  });
});

describe('a PKCS#12 file', () => {
  it('may hold a chain: the certificate of the key is taken', async () => {
    const authority = await makeCertificate({ kind: 'rsa-2048' });
    expectPair(p12Of(ec, { certificates: [authority.der, ec.der, rsa.der] }), ec);
  });

  it('is refused without certificate, without key, with two keys, with the wrong one', () => {
    expect(refusalOf(p12Of(ec, { certificates: [] }))).toEqual({ code: 'CERTIFICATE_MISSING' });
    expect(refusalOf(p12Of(ec, { keys: [] }))).toEqual({ code: 'KEY_MISSING' });
    expect(refusalOf(p12Of(ec, { keys: [pkcs8Of(ec), pkcs8Of(rsa)] }))).toEqual({ code: 'SEVERAL_KEYS', count: 2 });
    expect(refusalOf(p12Of(ec, { keys: [pkcs8Of(rsa)] }))).toEqual({ code: 'KEY_DOES_NOT_MATCH' });
  });

  it('is refused when it is something else', () => {
    for (const bytes of [new Uint8Array(), Buffer.from('PK\x03\x04'), ec.der, pkcs8Of(ec)]) {
      expect(refusalOf(pkcs12File(bytes, ''))).toMatchObject({ code: 'FILE_UNREADABLE', part: 'file' });
    }
  });

  it('is refused when its key bag holds no key, once the MAC has shown the password to be right', () => {
    expect(refusalOf(p12Of(ec, { keys: [Buffer.from('not asn.1')] }))).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(refusalOf(p12Of(ec, { keys: [Buffer.from('3003020100', 'hex')] }))).toMatchObject({
      code: 'FILE_UNREADABLE',
    });
  });
});

describe('a key that is refused', () => {
  it.each([
    ['rsa 1024', () => generateKeyPairSync('rsa', { modulusLength: 1024 })],
    ['rsa 4112', () => generateKeyPairSync('rsa', { modulusLength: 4112 })],
    ['ec secp384r1', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['ec secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
    ['ed25519', () => generateKeyPairSync('ed25519')],
    ['rsa-pss 2048', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 })],
  ])('%s, in either kind of file', (found, generate) => {
    const { privateKey } = generate();
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });

    for (const file of [pemFile(ec.certificatePem, pemOf('PRIVATE KEY', pkcs8)), p12Of(ec, { keys: [pkcs8] })]) {
      expect(refusalOf(file)).toEqual({ code: 'KEY_NOT_SUPPORTED', found });
    }
  });

  it('is the key of another certificate', async () => {
    const other = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION });

    expect(refusalOf(pemFile(ec.certificatePem, other.keyPem))).toEqual({ code: 'KEY_DOES_NOT_MATCH' });
    expect(refusalOf(pemFile(ec.certificatePem, rsa.keyPem))).toEqual({ code: 'KEY_DOES_NOT_MATCH' });
  });

  it('claims the public key of the certificate but holds another private key', () => {
    const point = createPublicKey(ec.keyPem).export({ format: 'jwk' });
    const { d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    const forged = sec1({ d: String(d), x: String(point.x), y: String(point.y) });

    expect(refusalOf(pemFile(ec.certificatePem, forged))?.code).toMatch(/^(KEY_DOES_NOT_MATCH|FILE_UNREADABLE)$/);
  });

  it('belongs to two different certificates of the file', async () => {
    const again = await makeCertificate({ kind: 'ec-p256', usage: NON_REPUDIATION, keyPem: ec.keyPem });

    expect(refusalOf(pemFile(ec.certificatePem + again.certificatePem, ec.keyPem))).toEqual({
      code: 'SEVERAL_CERTIFICATES',
      count: 2,
    });
  });
});

describe('a file that asks for too much', () => {
  const TOO_MANY = { code: 'FILE_TOO_COSTLY', limit: 'iterations' };

  it.each([5_000_001, 2 ** 31 - 1, 2 ** 52])('%d rounds, of MAC, encryption or encrypted PKCS#8', (rounds) => {
    expect(refusalOf(p12Of(ec, { macRounds: rounds }))).toEqual(TOO_MANY);
    expect(refusalOf(p12Of(ec, { mac: 'pbmac1', macRounds: rounds }))).toEqual(TOO_MANY);
    expect(refusalOf(p12Of(ec, { mac: 'none', rounds }))).toEqual(TOO_MANY);
    const key = pemOf('ENCRYPTED PRIVATE KEY', encryptedPkcs8Of(pkcs8Of(ec), PASSWORD, rounds));
    expect(refusalOf(pemFile(ec.certificatePem, key, PASSWORD))).toEqual(TOO_MANY);
  });

  it('rounds below one', () => {
    expect(refusalOf(p12Of(ec, { macRounds: 0, mac: 'none', rounds: -1 }))).toEqual(TOO_MANY);
  });

  it('more keys than a file has', () => {
    const keys = Array.from({ length: 33 }, () => pkcs8Of(ec));
    expect(refusalOf(p12Of(ec, { keys, rounds: 1 }))).toEqual({ code: 'FILE_TOO_COSTLY', limit: 'contents' });
  });

  it('bags nested deeper than three', () => {
    expect(refusalOf(p12Of(ec, { depth: 4 }))).toEqual({ code: 'FILE_TOO_COSTLY', limit: 'contents' });
  });

  it('more certificates than a chain has', () => {
    const file = pemFile(ec.certificatePem.repeat(33), ec.keyPem);
    expect(refusalOf(file)).toEqual({ code: 'FILE_TOO_COSTLY', limit: 'contents' });
  });
});

/** SEC1 (RFC 5915) put together by hand: no library writes a private key with a public key that is not its own. */
function sec1({ d, x, y }: { readonly d: string; readonly x: string; readonly y: string }): string {
  const bytes = (base64Url: string): Buffer => Buffer.from(base64Url, 'base64url');
  const der = Buffer.concat([
    Buffer.from('30770201010420', 'hex'),
    bytes(d),
    Buffer.from('a00a06082a8648ce3d030107a14403420004', 'hex'),
    bytes(x),
    bytes(y),
  ]);
  return pemOf('EC PRIVATE KEY', der);
}
