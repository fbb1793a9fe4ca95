import { expect, it } from '@jest/globals';
import { Temporal } from '@latarnik/domain';
import { SealedKeys } from '../key/sealed-keys.js';
import { TENANT } from '../testing/certificates.js';
import { aSecretBox, authenticationCertificate } from '../testing/imported.js';
import { signEnveloped } from './enveloped-signature.js';
import { signedProperties } from './xades.js';

it('hands out no document in which the signature would not verify: here an element took the Id of the properties', async () => {
  const { certificate } = await authenticationCertificate({ kind: 'ec-p256' });
  const key = await new SealedKeys(aSecretBox()).open(TENANT, certificate);
  const properties = signedProperties(key.facts, Temporal.Instant.from('2026-11-20T08:00:00Z'));

  expect(await signEnveloped(key, '<a Id="other"/>', properties)).toContain('<ds:SignatureValue>');
  await expect(signEnveloped(key, '<a Id="SignedProperties"/>', properties)).rejects.toThrow();
});
