import type { Brand } from '../../shared/brand.js';
import type { TenantId } from '../../tenant/tenant.js';
import type { Certificate, CertificateId, CertificateSerial, SealedKey } from '../certificate.js';
import type { EnrolmentData } from '../ksef-certificates.port.js';

/** SHA-256 of a public key (DER SubjectPublicKeyInfo), Base64: tells whether a certificate is for our key. */
export type KeyFingerprint = Brand<string, 'KeyFingerprint'>;

/** A new key and the request that proves we have it. */
export interface CertificateRequest {
  /** PKCS#10, DER; its subject has exactly the attributes given, each with exactly the value given. */
  readonly csr: Uint8Array;
  readonly keyFingerprint: KeyFingerprint;
  readonly sealedKey: SealedKey;
}

/** Makes keys and the requests to certify them. */
export interface CertificateRequests {
  /**
   * Makes a key pair, RSA of 2048 bits or EC P-256 (domain rules 5). Every call makes another key, and the key never
   * leaves its seal.
   *
   * @param owner becomes part of the seal, as in CertificateImporter: the id and the type that the certificate will have
   * @throws SignerUnavailableError when the key cannot be sealed now
   */
  create(
    owner: {
      readonly tenant: TenantId;
      readonly certificateId: CertificateId;
      readonly purpose: Certificate['purpose'];
    },
    subject: EnrolmentData,
    algorithm: Certificate['keyAlgorithm'],
  ): Promise<CertificateRequest>;
}

/** What is read out of a certificate that KSeF issued. */
export interface IssuedCertificateFacts extends Pick<Certificate, 'subject' | 'notBefore' | 'notAfter'> {
  readonly serial: CertificateSerial;
  /** `undefined` when the key usage is that of neither type. */
  readonly purpose: Certificate['purpose'] | undefined;
  readonly keyFingerprint: KeyFingerprint;
}

/** Reads certificates, without a key at hand. */
export interface CertificateReader {
  /** @param der X.509; `undefined` when it is none */
  read(der: Uint8Array): IssuedCertificateFacts | undefined;
}
