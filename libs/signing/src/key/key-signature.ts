import { constants, sign, verify, type KeyObject, type SignKeyObjectInput } from 'node:crypto';
import { SignerUnavailableError } from '@latarnik/domain';
import { ecdsaDer, type EcdsaForm } from './ecdsa-form.js';
import type { SigningKey } from './signing-key.js';

export interface SigningKeyPair {
  readonly privateKey: KeyObject;
  /** Of the certificate. */
  readonly publicKey: KeyObject;
}

/** What is signed decides the padding of RSA; keys give ECDSA as IEEE P1363 (r and s of 32 bytes each) in both. */
export type SignatureScheme = 'kod-ii' | 'xml-signature';

const HASH = 'sha256';
/** Octets of salt in RSASSA-PSS (ksef-docs kody-qr.md). */
export const KOD_II_SALT_BYTES = 32;

/**
 * Signs with a key wherever it is, and verifies the signature with the certificate's public key before it is handed out
 * (reliability A9).
 *
 * @param ecdsaForm of the signature of an EC key; nothing to RSA
 * @throws SignerUnavailableError when the key cannot be used now, or the signature does not verify
 */
export async function signWith(
  { privateKey, facts, algorithm }: SigningKey,
  scheme: SignatureScheme,
  data: Uint8Array,
  ecdsaForm: EcdsaForm = 'p1363',
): Promise<Buffer> {
  const signature = Buffer.from(await privateKey.sign(scheme, data));
  if (algorithm === 'rsa' || ecdsaForm === 'p1363') return verified(facts.publicKey, scheme, data, signature);
  return verified(facts.publicKey, scheme, data, Buffer.from(ecdsaDer(signature)), ecdsaForm);
}

/**
 * The same for a key that is at hand.
 *
 * @throws SignerUnavailableError when the signature does not verify
 */
export function signVerified(
  { privateKey, publicKey }: SigningKeyPair,
  scheme: SignatureScheme,
  data: Uint8Array,
): Buffer {
  return verified(publicKey, scheme, data, signUnverified(privateKey, scheme, data));
}

export function signUnverified(privateKey: KeyObject, scheme: SignatureScheme, data: Uint8Array): Buffer {
  return sign(HASH, data, signatureInput(privateKey, scheme));
}

export function verifySignature(
  publicKey: KeyObject,
  scheme: SignatureScheme,
  data: Uint8Array,
  signature: Uint8Array,
  ecdsaForm: EcdsaForm = 'p1363',
): boolean {
  return verify(HASH, data, signatureInput(publicKey, scheme, ecdsaForm), signature);
}

function verified(
  publicKey: KeyObject,
  scheme: SignatureScheme,
  data: Uint8Array,
  signature: Buffer,
  ecdsaForm: EcdsaForm = 'p1363',
): Buffer {
  if (verifySignature(publicKey, scheme, data, signature, ecdsaForm)) return signature;
  throw new SignerUnavailableError('the signature does not verify with the public key of the certificate');
}

function signatureInput(key: KeyObject, scheme: SignatureScheme, ecdsaForm: EcdsaForm = 'p1363'): SignKeyObjectInput {
  if (key.asymmetricKeyType === 'ec') return { key, dsaEncoding: ecdsaForm === 'der' ? 'der' : 'ieee-p1363' };
  return scheme === 'kod-ii'
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: KOD_II_SALT_BYTES }
    : { key, padding: constants.RSA_PKCS1_PADDING };
}
