import type { ContextIdentifier } from '../party/context-identifier.js';
import type { AuthenticationCertificate, Certificate, OfflineCertificate } from './certificate.js';

/** The certificates of one tenant. */
export interface CertificateRepository {
  add(certificate: Certificate): Promise<void>;
  offlineFor(context: ContextIdentifier): Promise<readonly OfflineCertificate[]>;
  authenticationFor(context: ContextIdentifier): Promise<readonly AuthenticationCertificate[]>;
  all(): Promise<readonly Certificate[]>;
}
