import type { Instant } from '@latarnik/domain';
import type { CertificateFacts } from '../certificate/certificate-facts.js';
import type { KeyAlgorithm } from '../key/key-algorithm.js';
import { canonicalAttribute, canonicalText } from './canonical-text.js';

export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
export const SIGNED_PROPERTIES_TYPE = 'http://uri.etsi.org/01903#SignedProperties';
export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/** RFC 9231 2.3.2 and 2.3.6; the value of ECDSA is r and s of 32 bytes each (XMLDSig 1.1 section 6.4.3). */
export const SIGNATURE_METHODS = {
  rsa: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'ec-p256': 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
} as const satisfies Record<KeyAlgorithm, string>;

export const SIGNATURE_ID = 'Signature';
export const SIGNED_PROPERTIES_ID = 'SignedProperties';

/** What a signed file is, when the signature is kept beside it. */
export interface DataObjectFormat {
  readonly referenceId: string;
  readonly mimeType: string;
}

/**
 * SignedProperties of XAdES-BES (ETSI TS 101 903 v1.4.2, 7.2): when it was signed and with which certificate. The text
 * is its own exclusive canonical form.
 *
 * The certificate is named by `SigningCertificate`. ETSI EN 319 132-1 has a successor (`SigningCertificateV2`), but
 * XAdES-BES is defined by TS 101 903, which has only this one, and KSeF's own description names it (ksef-docs
 * auth/podpis-xades.md); validators of EN 319 132-1 read both.
 *
 * @param signingTime written in UTC, whole seconds
 */
export function signedProperties(facts: CertificateFacts, signingTime: Instant, format?: DataObjectFormat): string {
  const cert =
    `<xades:CertDigest>${digestMethod(` xmlns:ds="${DS}"`)}` +
    `<ds:DigestValue xmlns:ds="${DS}">${facts.sha256Base64}</ds:DigestValue></xades:CertDigest><xades:IssuerSerial>` +
    `<ds:X509IssuerName xmlns:ds="${DS}">${canonicalText(facts.issuer)}</ds:X509IssuerName>` +
    `<ds:X509SerialNumber xmlns:ds="${DS}">${facts.serialDecimal}</ds:X509SerialNumber></xades:IssuerSerial>`;
  return (
    `<xades:SignedProperties xmlns:xades="${XADES}" Id="${SIGNED_PROPERTIES_ID}"><xades:SignedSignatureProperties>` +
    `<xades:SigningTime>${signingTime.toString({ smallestUnit: 'second' })}</xades:SigningTime>` +
    `<xades:SigningCertificate><xades:Cert>${cert}</xades:Cert></xades:SigningCertificate>` +
    `</xades:SignedSignatureProperties>${format === undefined ? '' : dataObjectFormat(format)}</xades:SignedProperties>`
  );
}

function dataObjectFormat({ referenceId, mimeType }: DataObjectFormat): string {
  return (
    '<xades:SignedDataObjectProperties>' +
    `<xades:DataObjectFormat ObjectReference="#${canonicalAttribute(referenceId)}">` +
    `<xades:MimeType>${canonicalText(mimeType)}</xades:MimeType></xades:DataObjectFormat>` +
    '</xades:SignedDataObjectProperties>'
  );
}

export function qualifyingProperties(signed: string): string {
  return `<xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${SIGNATURE_ID}">${signed}</xades:QualifyingProperties>`;
}

/** Content of KeyInfo: the certificate itself. */
export function x509Data(facts: CertificateFacts): string {
  const certificate = Buffer.from(facts.der).toString('base64');
  return `<ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data>`;
}

/** @param declaration of the prefix `ds`, where no element around has one in the canonical form */
export function digestMethod(declaration = ''): string {
  return `<ds:DigestMethod${declaration} Algorithm="${SHA256}"></ds:DigestMethod>`;
}
