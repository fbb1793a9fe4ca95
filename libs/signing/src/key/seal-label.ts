import type { CertificatePurpose } from '../certificate/certificate-facts.js';

/** Changes when the meaning of the label changes. */
const LABEL_VERSION = '1';

/** What a sealed key is bound to: tenant, certificate, purpose, version of this label (reliability S19). */
export function sealLabel(tenant: string, certificateId: string, purpose: CertificatePurpose): string {
  const parts = [tenant, certificateId, purpose, LABEL_VERSION];
  if (parts.some((part) => part === '' || part.includes('|'))) {
    throw new Error('an identifier that a key is bound to is empty or contains "|"');
  }
  return parts.join('|');
}
