import { createHash, type KeyObject, sign, X509Certificate } from 'node:crypto';

import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';

import { DAY_MS } from '../core/time.js';
import type { CertificateAuthority } from './certificate-authority.js';
import { generateKeys, toKeyObject, x509 } from './x509.js';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
/** As the subject of a certificate that a trust list may name. */
export const UPO_SIGNER = 'O=Ministerstwo Finansów (test twin)';

/**
 * Signs UPO documents as the Ministry does, with an enveloped XAdES-BES signature; the certificate is the twin's own and
 * worth nothing outside. The same document is signed alike every time.
 */
export class UpoSeal {
  private constructor(
    private readonly key: KeyObject,
    private readonly certificate: X509Certificate,
  ) {}

  static async create(authority: CertificateAuthority, now: number): Promise<UpoSeal> {
    const keys = await generateKeys('RSA');
    const { der } = await authority.certify({
      type: 'Offline',
      subject: new x509.Name(`CN=UPO, ${UPO_SIGNER}, C=PL`),
      publicKey: await x509.PublicKey.create(keys.publicKey),
      validFrom: now - 3650 * DAY_MS,
      validTo: now + 3650 * DAY_MS,
    });
    return new UpoSeal(toKeyObject(keys.privateKey), new X509Certificate(der));
  }

  get certificatePem(): string {
    return this.certificate.toString();
  }

  /** @param at the moment of signing, epoch milliseconds */
  seal(upo: Buffer, at: number): Buffer {
    const xml = upo.toString('utf8');
    const properties = this.#properties(at);
    const signedInfo = signedInfoOf(digest(canonical(xml)), digest(properties));
    const value = sign('sha256', Buffer.from(signedInfo, 'utf8'), this.key).toString('base64');
    const signature =
      `<ds:Signature xmlns:ds="${DS}" Id="Signature">${signedInfo}<ds:SignatureValue>${value}</ds:SignatureValue>` +
      `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${this.certificate.raw.toString('base64')}</ds:X509Certificate>` +
      `</ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#Signature">` +
      `${properties}</xades:QualifyingProperties></ds:Object></ds:Signature>`;
    const end = xml.lastIndexOf('</');
    return Buffer.from(`${xml.slice(0, end)}${signature}${xml.slice(end)}`, 'utf8');
  }

  /** Written in its own exclusive canonical form. */
  #properties(at: number): string {
    const { raw } = this.certificate;
    const { issuer, serialNumber } = new x509.X509Certificate(raw);
    return (
      `<xades:SignedProperties xmlns:xades="${XADES}" Id="SignedProperties"><xades:SignedSignatureProperties>` +
      `<xades:SigningTime>${new Date(at).toISOString()}</xades:SigningTime><xades:SigningCertificate><xades:Cert>` +
      `<xades:CertDigest><ds:DigestMethod xmlns:ds="${DS}" Algorithm="${SHA256}"></ds:DigestMethod>` +
      `<ds:DigestValue xmlns:ds="${DS}">${digest(raw)}</ds:DigestValue></xades:CertDigest><xades:IssuerSerial>` +
      `<ds:X509IssuerName xmlns:ds="${DS}">${issuer}</ds:X509IssuerName>` +
      `<ds:X509SerialNumber xmlns:ds="${DS}">${String(BigInt(`0x${serialNumber}`))}</ds:X509SerialNumber>` +
      '</xades:IssuerSerial></xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties>'
    );
  }
}

function signedInfoOf(documentDigest: string, propertiesDigest: string): string {
  const method = `<ds:DigestMethod Algorithm="${SHA256}"></ds:DigestMethod>`;
  const transform = (algorithm: string) => `<ds:Transform Algorithm="${algorithm}"></ds:Transform>`;
  return (
    `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${RSA_SHA256}"></ds:SignatureMethod>` +
    `<ds:Reference URI=""><ds:Transforms>${transform(`${DS}enveloped-signature`)}${transform(EXCLUSIVE)}</ds:Transforms>` +
    `${method}<ds:DigestValue>${documentDigest}</ds:DigestValue></ds:Reference>` +
    `<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#SignedProperties"><ds:Transforms>` +
    `${transform(EXCLUSIVE)}</ds:Transforms>${method}<ds:DigestValue>${propertiesDigest}</ds:DigestValue></ds:Reference>` +
    '</ds:SignedInfo>'
  );
}

function canonical(xml: string): string {
  using document = XmlDocument.fromString(xml);
  return document.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 });
}

const digest = (data: string | Buffer): string => createHash('sha256').update(data).digest('base64');
