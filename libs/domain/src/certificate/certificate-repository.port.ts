import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { Result } from '../shared/result.js';
import type { AuthenticationCertificate, Certificate, CertificateId, OfflineCertificate } from './certificate.js';

export interface CertificateAlreadyImported {
  readonly code: 'CERTIFICATE_ALREADY_IMPORTED';
  /** The one that is in use. */
  readonly certificateId: string;
}

/** The certificates of one tenant: of those in use (not retired), each serial number is there once. */
export interface CertificateRepository {
  /** @throws when one in use has its serial number */
  add(certificate: Certificate): Promise<void>;
  /** Of two at once with the same serial number one is added, and the other is told of it. */
  addUnlessInUse(certificate: Certificate): Promise<Result<void, CertificateAlreadyImported>>;
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
