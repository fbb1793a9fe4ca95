import { expect, it } from '@jest/globals';
import { SecretBoxError, SignerUnavailableError } from '@latarnik/domain';
import { TENANT } from '../testing/certificates.js';
import { aSecretBox, offlineCertificate } from '../testing/imported.js';
import { ReportedKeys, type SigningTrouble } from './reported-keys.js';
import { SealedKeys } from './sealed-keys.js';
import type { SigningKeys } from './signing-key.js';

const DATA = Buffer.from('text');

function reporting(keys: SigningKeys) {
  const troubles: SigningTrouble[] = [];
  return { troubles, keys: new ReportedKeys(keys, (trouble) => troubles.push(trouble)) };
}

it('says nothing of keys that work', async () => {
  const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
  const { keys, troubles } = reporting(new SealedKeys(aSecretBox()));

  expect(await (await keys.open(TENANT, certificate)).privateKey.sign('kod-ii', DATA)).toHaveLength(64);
  expect(troubles).toEqual([]);
});

it('tells of a key that does not open and of one that does not sign, and lets the error go on', async () => {
  const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
  const cause = new SecretBoxError('key-encryption key 1 is missing');
  const shut = new SignerUnavailableError('cannot be opened', { cause, trouble: 'key-encryption-key' });
  const gone = new SignerUnavailableError('the token is gone', { trouble: 'token', cause: new Error('PIN 1234') });
  const closed = reporting({ open: () => Promise.reject(shut) });
  const inner = await new SealedKeys(aSecretBox()).open(TENANT, certificate);
  const mute = reporting({
    open: () => Promise.resolve({ ...inner, privateKey: { sign: () => Promise.reject(gone) } }),
  });

  await expect(closed.keys.open(TENANT, certificate)).rejects.toBe(shut);
  await expect((await mute.keys.open(TENANT, certificate)).privateKey.sign('kod-ii', DATA)).rejects.toBe(gone);
  const about = { certificateId: certificate.id, purpose: 'offline' };
  expect([...closed.troubles, ...mute.troubles]).toEqual([
    { ...about, trouble: 'key-encryption-key', error: 'cannot be opened', cause: 'key-encryption key 1 is missing' },
    { ...about, trouble: 'token', error: 'the token is gone' },
  ]);
});

it('does not report what is no matter of keys', async () => {
  const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
  const { keys, troubles } = reporting({ open: () => Promise.reject(new Error('tampered')) });

  await expect(keys.open(TENANT, certificate)).rejects.toThrow('tampered');
  expect(troubles).toEqual([]);
});
