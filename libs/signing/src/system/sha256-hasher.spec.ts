import { expect, it } from '@jest/globals';
import { Sha256Hasher } from './sha256-hasher.js';

it('hashes the exact bytes with SHA-256 (FIPS 180-4, the example "abc")', () => {
  const hash = new Sha256Hasher().hash(new TextEncoder().encode('abc'));

  expect(Buffer.from(hash).toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hash.constructor).toBe(Uint8Array);
});
