import type { Result } from '../shared/result.js';
import type { Certificate } from './certificate.js';
import type { TenantId } from '../tenant/tenant.js';

export type ImportRefusal =
  | { readonly code: 'CERTIFICATE_UNREADABLE'; readonly detail: string }
  | { readonly code: 'KEY_UNREADABLE'; readonly detail: string }
  | { readonly code: 'KEY_DOES_NOT_MATCH' }
  | { readonly code: 'KEY_NOT_SUPPORTED'; readonly detail: string }
  | { readonly code: 'PURPOSE_UNKNOWN'; readonly detail: string }
  | { readonly code: 'SERIAL_NOT_KSEF'; readonly detail: string };

/** What is read out of a certificate file; the caller adds the context and an id and stores it. */
export type ImportedCertificate = Pick<
  Certificate,
  'purpose' | 'serial' | 'keyAlgorithm' | 'der' | 'subject' | 'notBefore' | 'notAfter' | 'sealedKey'
> & {
  /** NIP in the subject (organizationIdentifier `VATPL-…`), where there is one: a person's certificate has none. */
  readonly subjectNip?: string;
};

/** Reads a certificate with its private key and seals the key for storage. */
export interface CertificateImporter {
  /**
   * @param owner becomes part of the seal: a sealed key moved to another tenant cannot be opened
   * @param certificatePem X.509, PEM
   * @param keyPem PKCS#8 or SEC1, PEM, not encrypted
   */
  fromPem(
    owner: { readonly tenant: TenantId; readonly certificateId: string },
    certificatePem: string,
    keyPem: string,
  ): Promise<Result<ImportedCertificate, ImportRefusal>>;
}
