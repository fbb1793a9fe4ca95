import type { Certificate } from '@latarnik/domain';
import type { CertificatePurpose } from '../certificate/certificate-facts.js';

/**
 * The types keep certificates of type Offline and Authentication apart; this holds for a caller who went round them.
 *
 * @throws Error when the certificate is of the other type
 */
export function requirePurpose({ id, purpose }: Certificate, required: CertificatePurpose): void {
  if (purpose !== required) throw new Error(`certificate ${id} is of type ${purpose}: this takes type ${required}`);
}
