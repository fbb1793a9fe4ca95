import type { CertificateReader, IssuedCertificateFacts } from '@latarnik/domain';
import { readCertificate, type CertificateFacts } from '../certificate/certificate-facts.js';
import { keyFingerprint } from './key-fingerprint.js';

/** Reads X.509 certificates; what KSeF did not number as its own is none. */
export const x509CertificateReader: CertificateReader = {
  read: (der) => {
    const facts = parse(der);
    if (facts?.ksefSerial === undefined) return undefined;
    const { ksefSerial: serial, purpose, subject, notBefore, notAfter, publicKey } = facts;
    return {
      serial,
      purpose,
      subject,
      notBefore,
      notAfter,
      keyFingerprint: keyFingerprint(publicKey),
    } satisfies IssuedCertificateFacts;
  },
};

function parse(der: Uint8Array): CertificateFacts | undefined {
  try {
    return readCertificate(der);
  } catch {
    return undefined;
  }
}
