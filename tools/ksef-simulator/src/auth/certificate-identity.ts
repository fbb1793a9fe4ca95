import type { X509Certificate } from 'node:crypto';

import type { SubjectIdentifier } from '../core/context.js';
import { x509 } from '../crypto/x509.js';

const ORGANIZATION_IDENTIFIER = '2.5.4.97';
const SERIAL_NUMBER = '2.5.4.5';

/** Who a certificate names: VATPL-nip (company), TINPL-nip or PNOPL-pesel (person). */
export function subjectOf(certificate: X509Certificate): SubjectIdentifier | undefined {
  const name = new x509.X509Certificate(new Uint8Array(certificate.raw)).subjectName;
  const values = [...name.getField(ORGANIZATION_IDENTIFIER), ...name.getField(SERIAL_NUMBER)];
  for (const value of values) {
    const nip = /^(?:VATPL|TINPL)-(\d{10})$/.exec(value)?.[1];
    if (nip !== undefined) return { type: 'Nip', value: nip };
    const pesel = /^PNOPL-(\d{11})$/.exec(value)?.[1];
    if (pesel !== undefined) return { type: 'Pesel', value: pesel };
  }
  return undefined;
}

/** The SHA-256 fingerprint as 64 upper-case hexadecimal digits. */
export function fingerprintOf(certificate: X509Certificate): SubjectIdentifier {
  return { type: 'Fingerprint', value: certificate.fingerprint256.replaceAll(':', '') };
}

/** Whether the key usage forbids logging in: present, and without digitalSignature (KSeF type Offline). */
export function forbidsLogin(certificate: X509Certificate): boolean {
  const extension = new x509.X509Certificate(new Uint8Array(certificate.raw)).getExtension(x509.KeyUsagesExtension);
  return extension !== null && (extension.usages & x509.KeyUsageFlags.digitalSignature) === 0;
}

/** Whether it looks like a company's seal rather than a person's signature. */
export function namesCompany(certificate: X509Certificate): boolean {
  const name = new x509.X509Certificate(new Uint8Array(certificate.raw)).subjectName;
  return name.getField(ORGANIZATION_IDENTIFIER).length > 0;
}
