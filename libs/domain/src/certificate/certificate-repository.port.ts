import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { AuthenticationCertificate, Certificate, CertificateId, OfflineCertificate } from './certificate.js';

/** The certificates of one tenant. */
export interface CertificateRepository {
  add(certificate: Certificate): Promise<void>;
  offlineFor(context: ContextIdentifier): Promise<readonly OfflineCertificate[]>;
  authenticationFor(context: ContextIdentifier): Promise<readonly AuthenticationCertificate[]>;
  all(): Promise<readonly Certificate[]>;
  /**
   * Marks the certificate as retired, if it is not so already, under a lock: of two at once one does it. It stays.
   *
   * @returns the certificate as it is now, and whether this call retired it; `undefined` when the tenant has none such
   */
  retire(
    id: CertificateId,
    at: Instant,
  ): Promise<{ readonly certificate: Certificate; readonly isNew: boolean } | undefined>;
}
