import { constants, sign, verify, type KeyObject, type SignKeyObjectInput } from 'node:crypto';
import { SignerUnavailableError } from '@latarnik/domain';

export interface SigningKeyPair {
  readonly privateKey: KeyObject;
  /** Of the certificate. */
  readonly publicKey: KeyObject;
}

/** What is signed decides the padding of RSA; ECDSA is IEEE P1363 (r and s of 32 bytes each) in both. */
export type SignatureScheme = 'kod-ii' | 'xml-signature';

const HASH = 'sha256';
/** Octets of salt in RSASSA-PSS (ksef-docs kody-qr.md). */
const KOD_II_SALT_BYTES = 32;

/**
 * Hashes and signs `data`, and verifies the signature with the certificate's public key before it is handed out
 * (reliability A9).
 *
 * @throws SignerUnavailableError when the signature does not verify
 */
export function signVerified(
  { privateKey, publicKey }: SigningKeyPair,
  scheme: SignatureScheme,
  data: Uint8Array,
): Buffer {
  const signature = sign(HASH, data, signatureInput(privateKey, scheme));
  if (!verifySignature(publicKey, scheme, data, signature)) {
    throw new SignerUnavailableError('the signature does not verify with the public key of the certificate');
  }
  return signature;
}

export function verifySignature(
  publicKey: KeyObject,
  scheme: SignatureScheme,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verify(HASH, data, signatureInput(publicKey, scheme), signature);
}

function signatureInput(key: KeyObject, scheme: SignatureScheme): SignKeyObjectInput {
  if (key.asymmetricKeyType === 'ec') return { key, dsaEncoding: 'ieee-p1363' };
  return scheme === 'kod-ii'
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: KOD_II_SALT_BYTES }
    : { key, padding: constants.RSA_PKCS1_PADDING };
}
