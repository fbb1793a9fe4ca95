import type { KsefAccess } from '../session/ksef-access.js';
import type { AuthenticationCertificate } from './certificate.js';

/** Finds the certificate that a context logs in with. */
export interface LoginCertificates {
  /**
   * One whose revocation is still wished only when there is no other (`loginCertificateAt`).
   * @returns `undefined` when the tenant has none that is valid now
   */
  find(access: KsefAccess): Promise<AuthenticationCertificate | undefined>;
}
