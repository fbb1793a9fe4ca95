import { createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto';

/** What a test may spoil in an otherwise correct login. */
export interface LoginDocumentOptions {
  readonly challenge: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Element inside ContextIdentifier. */
  readonly context: { readonly type: string; readonly value: string };
  /** Certificate whose digest is put into SigningCertificate. @default the signing one */
  readonly namedCertificatePem?: string;
  /** Which references the signature really signs. @default both */
  readonly signed?: 'both' | 'document only' | 'document twice and properties';
  readonly subjectType?: 'certificateSubject' | 'certificateFingerprint';
}

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/**
 * A signed AuthTokenRequest. It is written in canonical form from the start, so no canonicalization takes part: an
 * implementation of XAdES of its own, sharing nothing with the one that verifies.
 */
export function signLoginDocument(options: LoginDocumentOptions): string {
  const { challenge, certificatePem, privateKeyPem, context, subjectType = 'certificateSubject' } = options;
  const certificate = new X509Certificate(certificatePem);
  const named = new X509Certificate(options.namedCertificatePem ?? certificatePem);
  const body =
    `<Challenge>${challenge}</Challenge><ContextIdentifier><${context.type}>${context.value}</${context.type}>` +
    `</ContextIdentifier><SubjectIdentifierType>${subjectType}</SubjectIdentifierType>`;
  const open = '<AuthTokenRequest xmlns="http://ksef.mf.gov.pl/auth/token/2.1">';
  const properties = (namespaces: { readonly xades: string; readonly ds: string }): string =>
    `<xades:SignedProperties${namespaces.xades} Id="properties"><xades:SignedSignatureProperties>` +
    `<xades:SigningTime>2026-11-20T10:00:00Z</xades:SigningTime><xades:SigningCertificate><xades:Cert>` +
    `<xades:CertDigest><ds:DigestMethod${namespaces.ds} Algorithm="${SHA256}"></ds:DigestMethod>` +
    `<ds:DigestValue${namespaces.ds}>${digest(named.raw)}</ds:DigestValue></xades:CertDigest></xades:Cert>` +
    `</xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties>`;
  const canonicalProperties = properties({ xades: ` xmlns:xades="${XADES}"`, ds: ` xmlns:ds="${DS}"` });
  const whole =
    `<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="${DS}enveloped-signature"></ds:Transform>` +
    `<ds:Transform Algorithm="${EXC_C14N}"></ds:Transform></ds:Transforms>` +
    `${digestElements(`${open}${body}</AuthTokenRequest>`)}</ds:Reference>`;
  const theProperties =
    `<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#properties"><ds:Transforms>` +
    `<ds:Transform Algorithm="${EXC_C14N}"></ds:Transform></ds:Transforms>` +
    `${digestElements(canonicalProperties)}</ds:Reference>`;
  const references = {
    both: whole + theProperties,
    'document only': whole,
    'document twice and properties': whole + whole + theProperties,
  }[options.signed ?? 'both'];
  const isEc = certificate.publicKey.asymmetricKeyType === 'ec';
  const signedInfo = (namespace: string): string =>
    `<ds:SignedInfo${namespace}><ds:CanonicalizationMethod Algorithm="${EXC_C14N}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#${isEc ? 'ecdsa' : 'rsa'}-sha256">` +
    `</ds:SignatureMethod>${references}</ds:SignedInfo>`;
  const value = sign('sha256', Buffer.from(signedInfo(` xmlns:ds="${DS}"`)), {
    key: createPrivateKey(privateKeyPem),
    dsaEncoding: 'ieee-p1363',
  }).toString('base64');
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n${open}${body}<ds:Signature xmlns:ds="${DS}" Id="signature">` +
    `${signedInfo('')}<ds:SignatureValue>${value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>` +
    `<ds:X509Certificate>${certificate.raw.toString('base64')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
    `<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#signature">` +
    `${properties({ xades: '', ds: '' })}</xades:QualifyingProperties></ds:Object></ds:Signature></AuthTokenRequest>`
  );
}

function digestElements(text: string): string {
  return `<ds:DigestMethod Algorithm="${SHA256}"></ds:DigestMethod><ds:DigestValue>${digest(Buffer.from(text))}</ds:DigestValue>`;
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64');
}
