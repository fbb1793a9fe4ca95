import { createHash, X509Certificate } from 'node:crypto';

import { DOMParser, type Element } from '@xmldom/xmldom';
import { SignedXml } from 'xml-crypto';

import { refuse } from '../core/refusals.js';
import { DSIG } from './login-document.js';
import { allowedSignatureAlgorithms } from './signature-algorithms.js';

const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
const SIGNED_PROPERTIES_TYPE = 'http://uri.etsi.org/01903#SignedProperties';
const ENVELOPED = `${DSIG}enveloped-signature`;

/** Digests a reference or the certificate digest may use. */
const DIGESTS: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
};

/**
 * Verifies an enveloped XAdES signature and returns the certificate it was made with. What is proven: the key of that
 * certificate signed the whole document and the SignedProperties, and those name that very certificate. Whether the
 * certificate is to be trusted is another question.
 * @param bytes a document that readLoginDocument accepted
 * @throws {KsefRefusal} 21115 without a readable certificate, 9105 for anything wrong with the signature
 */
export function verifyXades(bytes: Uint8Array): X509Certificate {
  const xml = Buffer.from(bytes).toString('utf8');
  const document = new DOMParser({
    onError: (level, message) => {
      if (level !== 'warning') throw refuse(21001, message);
    },
  }).parseFromString(xml, 'text/xml');
  const signature = only(document.documentElement, DSIG, 'Signature', 'direct');
  const certificate = readCertificate(signature);
  const signedProperties = locateSignedProperties(signature);
  checkReferences(signature, signedProperties);
  checkSigningCertificate(signedProperties, certificate);
  checkCryptographically(xml, signature, certificate);
  return certificate;
}

function checkCryptographically(xml: string, signature: Element, certificate: X509Certificate): void {
  const verifier = new SignedXml({
    publicCert: certificate.toString(),
    getCertFromKeyInfo: () => null,
  });
  verifier.SignatureAlgorithms = allowedSignatureAlgorithms();
  let valid: boolean;
  try {
    verifier.loadSignature(signature);
    valid = verifier.checkSignature(xml);
  } catch (error) {
    throw refuse(9105, error instanceof Error ? error.message.slice(0, 200) : undefined);
  }
  if (!valid) throw refuse(9105, 'Skrót podpisanych danych się nie zgadza.');
}

/** Two references and no third: the whole document without the signature, and the SignedProperties. */
function checkReferences(signature: Element, signedProperties: Element): void {
  const references = children(only(signature, DSIG, 'SignedInfo', 'direct'), DSIG, 'Reference');
  if (references.length !== 2) throw refuse(9105, 'Oczekiwano dokładnie dwóch referencji.');
  const whole = references.find((reference) => reference.getAttribute('URI') === '');
  const properties = references.find((reference) => reference.getAttribute('Type') === SIGNED_PROPERTIES_TYPE);
  if (whole === undefined) throw refuse(9105, 'Brak referencji do całego dokumentu.');
  if (!transformsOf(whole).includes(ENVELOPED)) throw refuse(9105, 'Brak przekształcenia enveloped-signature.');
  const id = signedProperties.getAttribute('Id') ?? '';
  if (properties === undefined || id === '' || properties.getAttribute('URI') !== `#${id}`) {
    throw refuse(9105, 'Brak referencji do SignedProperties.');
  }
  for (const reference of references) {
    const method = algorithmOf(only(reference, DSIG, 'DigestMethod', 'direct'));
    if (DIGESTS[method] === undefined) throw refuse(9105, `Niedozwolony algorytm skrótu ${method}.`);
  }
}

function transformsOf(reference: Element): readonly string[] {
  return children(only(reference, DSIG, 'Transforms', 'direct'), DSIG, 'Transform').map(algorithmOf);
}

function locateSignedProperties(signature: Element): Element {
  const qualifying = only(signature, XADES, 'QualifyingProperties', 'anywhere');
  const target = qualifying.getAttribute('Target');
  if (target !== `#${signature.getAttribute('Id') ?? ''}`) {
    throw refuse(9105, 'QualifyingProperties nie wskazuje tego podpisu.');
  }
  return only(qualifying, XADES, 'SignedProperties', 'direct');
}

/** SigningCertificate or SigningCertificateV2 must carry the digest of the certificate in KeyInfo. */
function checkSigningCertificate(signedProperties: Element, certificate: X509Certificate): void {
  const properties = only(signedProperties, XADES, 'SignedSignatureProperties', 'direct');
  const time = only(properties, XADES, 'SigningTime', 'direct').textContent ?? '';
  if (Number.isNaN(Date.parse(time))) throw refuse(9105, 'Nieprawidłowy SigningTime.');
  const [holder] = [
    ...children(properties, XADES, 'SigningCertificate'),
    ...children(properties, XADES, 'SigningCertificateV2'),
  ];
  if (holder === undefined) throw refuse(9105, 'Brak SigningCertificate.');
  const named = only(holder, XADES, 'Cert', 'direct');
  const digest = only(named, XADES, 'CertDigest', 'direct');
  const algorithm = DIGESTS[algorithmOf(only(digest, DSIG, 'DigestMethod', 'direct'))];
  const value = only(digest, DSIG, 'DigestValue', 'direct').textContent?.trim();
  if (algorithm === undefined || createHash(algorithm).update(certificate.raw).digest('base64') !== value) {
    throw refuse(9105, 'Skrót w SigningCertificate nie odpowiada certyfikatowi.');
  }
  checkIssuerSerial(named, certificate);
}

/** Where the old form also states the serial number, it must be the certificate's. */
function checkIssuerSerial(named: Element, certificate: X509Certificate): void {
  for (const serial of Array.from(named.getElementsByTagNameNS(DSIG, 'X509SerialNumber'))) {
    if (serial.textContent?.trim() !== BigInt(`0x${certificate.serialNumber}`).toString()) {
      throw refuse(9105, 'Numer seryjny w SigningCertificate nie odpowiada certyfikatowi.');
    }
  }
}

function algorithmOf(method: Element): string {
  return method.getAttribute('Algorithm') ?? '';
}

function readCertificate(signature: Element): X509Certificate {
  const found = Array.from(signature.getElementsByTagNameNS(DSIG, 'X509Certificate'))[0];
  try {
    return new X509Certificate(Buffer.from(found?.textContent ?? '', 'base64'));
  } catch {
    throw refuse(21115);
  }
}

function children(parent: Element, namespace: string, name: string): readonly Element[] {
  return Array.from(parent.getElementsByTagNameNS(namespace, name)).filter((element) => element.parentNode === parent);
}

function only(parent: Element | null, namespace: string, name: string, where: 'direct' | 'anywhere'): Element {
  const found =
    parent === null
      ? []
      : where === 'direct'
        ? children(parent, namespace, name)
        : Array.from(parent.getElementsByTagNameNS(namespace, name));
  const [element, ...more] = found;
  if (element === undefined || more.length > 0) throw refuse(9105, `Oczekiwano dokładnie jednego elementu ${name}.`);
  return element;
}
