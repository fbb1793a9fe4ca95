import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import {
  parseCertificateSerial,
  parseNip,
  Temporal,
  type Certificate,
  type CertificateSerial,
  type Instant,
} from '@latarnik/domain';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate as X509, id_ce_keyUsage, KeyUsage, type Name } from '@peculiar/asn1-x509';
import { readableName, rfc4514Name } from './distinguished-name.js';

/** KSeF's own are about 1 kB. */
const LARGEST_CERTIFICATE_BYTES = 32 * 1024;
const ORGANIZATION_IDENTIFIER = '2.5.4.97';

export type CertificatePurpose = Certificate['purpose'];

/** What we use of an X.509 certificate. */
export interface CertificateFacts {
  readonly der: Uint8Array;
  readonly publicKey: KeyObject;
  /** `undefined` when the key usage does not name one of KSeF's two types (domain rules 5). */
  readonly purpose: CertificatePurpose | undefined;
  /** In the names of RFC 5280, empty when the certificate has no key usage, or has it twice. */
  readonly keyUsage: readonly string[];
  /** `undefined` when the serial number does not fit the 16 hexadecimal digits of KSeF. */
  readonly ksefSerial: CertificateSerial | undefined;
  readonly serialDecimal: string;
  readonly issuer: string;
  readonly subject: string;
  readonly subjectNip: string | undefined;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly sha256Base64: string;
}

/** @throws Error when the bytes are not one X.509 certificate in DER, with nothing after it */
export function readCertificate(der: Uint8Array): CertificateFacts {
  if (der.length > LARGEST_CERTIFICATE_BYTES) throw new Error(`larger than ${LARGEST_CERTIFICATE_BYTES} bytes`);
  const x509 = new X509Certificate(der);
  if (!x509.raw.equals(der)) throw new Error('not DER, or bytes follow the certificate');
  const { tbsCertificate } = AsnConvert.parse(der, X509);
  return {
    der: Uint8Array.from(der),
    publicKey: x509.publicKey,
    ...usageOf(tbsCertificate.extensions ?? []),
    ksefSerial: ksefSerial(x509.serialNumber),
    serialDecimal: serialDecimal(x509.serialNumber),
    issuer: rfc4514Name(tbsCertificate.issuer),
    subject: readableName(tbsCertificate.subject),
    subjectNip: nipOf(tbsCertificate.subject),
    notBefore: Temporal.Instant.fromEpochMilliseconds(x509.validFromDate.getTime()),
    notAfter: Temporal.Instant.fromEpochMilliseconds(x509.validToDate.getTime()),
    sha256Base64: createHash('sha256').update(der).digest('base64'),
  };
}

/** Non-repudiation without digital signature is type Offline, the reverse type Authentication (certyfikaty-KSeF.md). */
function usageOf(
  extensions: Iterable<{ extnID: string; extnValue: { buffer: ArrayBuffer } }>,
): Pick<CertificateFacts, 'purpose' | 'keyUsage'> {
  const [usage, ...more] = [...extensions].filter(({ extnID }) => extnID === id_ce_keyUsage);
  if (usage === undefined || more.length > 0) return { purpose: undefined, keyUsage: [] };
  const keyUsage = AsnConvert.parse(usage.extnValue.buffer, KeyUsage).toJSON();
  const signs = keyUsage.includes('digitalSignature');
  const commits = keyUsage.includes('nonRepudiation');
  if (signs === commits) return { purpose: undefined, keyUsage };
  return { purpose: commits ? 'offline' : 'authentication', keyUsage };
}

/** @param hex upper-case, with a minus sign in front when negative, as OpenSSL writes it */
function ksefSerial(hex: string): CertificateSerial | undefined {
  const serial = parseCertificateSerial(hex.padStart(16, '0'));
  return serial.ok ? serial.value : undefined;
}

function serialDecimal(hex: string): string {
  return hex.startsWith('-') ? `-${BigInt(`0x${hex.slice(1)}`)}` : String(BigInt(`0x${hex}`));
}

function nipOf(subject: Name): string | undefined {
  const identifiers = Array.from(subject, (part) => Array.from(part))
    .flat()
    .filter(({ type }) => type === ORGANIZATION_IDENTIFIER)
    .map(({ value }) => /^VATPL-([0-9]{10})$/.exec(value.toString())?.[1]);
  return identifiers.find((digits) => digits !== undefined && parseNip(digits).ok);
}
