import type { Certificate, TenantId } from '@latarnik/domain';
import type { CertificateFacts } from '../certificate/certificate-facts.js';
import type { KeyAlgorithm } from './key-algorithm.js';
import type { SignatureScheme } from './key-signature.js';

/** A private key, wherever it is. */
export interface PrivateKey {
  /**
   * Hashes `data` with SHA-256 and signs.
   * @throws SignerUnavailableError when the key cannot be used now
   */
  sign(scheme: SignatureScheme, data: Uint8Array): Promise<Uint8Array>;
}

/** A private key that is ready to sign, with its certificate. */
export interface SigningKey {
  readonly facts: CertificateFacts;
  readonly algorithm: KeyAlgorithm;
  readonly privateKey: PrivateKey;
}

/** Finds the private keys of certificates. */
export interface SigningKeys {
  /**
   * @throws SignerUnavailableError when the key cannot be used now, or is not the key of the certificate
   * @throws Error when the key usage in the certificate is not that of `certificate.purpose`: the row was tampered with
   */
  open(tenant: TenantId, certificate: Certificate): Promise<SigningKey>;
}
