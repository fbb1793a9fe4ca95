import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { samePublicKey } from './same-public-key.js';

it('tells keys apart, of whatever kinds, and leaves no error behind for what comes next', () => {
  const pairs = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('ed25519'),
  ];
  const pem = String(pairs[0]!.privateKey.export({ format: 'pem', type: 'pkcs8' }));

  for (const [at, one] of pairs.entries()) {
    for (const [otherAt, other] of pairs.entries()) {
      expect(samePublicKey(one.publicKey, other.publicKey)).toBe(at === otherAt);
      expect(createPrivateKey(pem).type).toBe('private');
    }
  }
});
