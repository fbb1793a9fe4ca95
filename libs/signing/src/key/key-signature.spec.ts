import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { SignerUnavailableError } from '@latarnik/domain';
import { signVerified, verifySignature } from './key-signature.js';

const ec = (): { privateKey: KeyObject; publicKey: KeyObject } => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = (): { privateKey: KeyObject; publicKey: KeyObject } => generateKeyPairSync('rsa', { modulusLength: 2048 });
const DATA = Buffer.from('text');

it.each([
  ['EC', ec],
  ['RSA', rsa],
] as const)('hands out no signature that the public key of the certificate does not verify (%s)', (_name, generate) => {
  const pair = generate();
  const { publicKey } = generate();

  for (const scheme of ['kod-ii', 'xml-signature'] as const) {
    expect(verifySignature(pair.publicKey, scheme, DATA, signVerified(pair, scheme, DATA))).toBe(true);
    expect(() => signVerified({ ...pair, publicKey }, scheme, DATA)).toThrow(SignerUnavailableError);
  }
});

it('pads RSA differently for KOD II (PSS) and for XML signatures (PKCS#1 v1.5)', () => {
  const pair = rsa();

  expect(verifySignature(pair.publicKey, 'xml-signature', DATA, signVerified(pair, 'kod-ii', DATA))).toBe(false);
  expect(verifySignature(pair.publicKey, 'kod-ii', DATA, signVerified(pair, 'xml-signature', DATA))).toBe(false);
});
