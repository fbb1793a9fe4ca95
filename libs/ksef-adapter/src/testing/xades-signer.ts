import { createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto';

import type { LoginSigner } from '@latarnik/domain';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
const C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/**
 * Signs logins with an EC key for the simulator, which checks the signature. Every piece is written in its canonical
 * form from the start: for this one document that spares a canonicalizer.
 */
export function xadesSigner(certificatePem: string, privateKeyPem: string): LoginSigner {
  const certificate = new X509Certificate(certificatePem);
  return {
    signAuthTokenRequest: (_tenant, _certificate, { challenge, context }) => {
      const content =
        `<Challenge>${challenge}</Challenge><ContextIdentifier><${context.type}>${context.value}</${context.type}>` +
        `</ContextIdentifier><SubjectIdentifierType>certificateSubject</SubjectIdentifierType>`;
      const root = '<AuthTokenRequest xmlns="http://ksef.mf.gov.pl/auth/token/2.1">';
      const signed = { der: certificate.raw, at: new Date().toISOString() };
      const ownProperties = properties(signed, ` xmlns:xades="${XADES}"`, ` xmlns:ds="${DS}"`);
      const info = (namespace: string): string =>
        element('ds:SignedInfo', namespace, [
          empty('ds:CanonicalizationMethod', C14N),
          empty('ds:SignatureMethod', 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'),
          element('ds:Reference', ' URI=""', [
            element('ds:Transforms', '', [
              empty('ds:Transform', `${DS}enveloped-signature`),
              empty('ds:Transform', C14N),
            ]),
            ...digestOf(`${root}${content}</AuthTokenRequest>`),
          ]),
          element('ds:Reference', ' Type="http://uri.etsi.org/01903#SignedProperties" URI="#p"', [
            element('ds:Transforms', '', [empty('ds:Transform', C14N)]),
            ...digestOf(ownProperties),
          ]),
        ]);
      const key = { key: createPrivateKey(privateKeyPem), dsaEncoding: 'ieee-p1363' as const };
      const value = sign('sha256', Buffer.from(info(` xmlns:ds="${DS}"`)), key).toString('base64');
      const signature = element('ds:Signature', ` xmlns:ds="${DS}" Id="s"`, [
        info(''),
        element('ds:SignatureValue', '', [value]),
        `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate.raw.toString('base64')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`,
        `<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#s">`,
        properties(signed, '', ''),
        '</xades:QualifyingProperties></ds:Object>',
      ]);
      return Promise.resolve(Buffer.from(`${root}${content}${signature}</AuthTokenRequest>`));
    },
  };
}

interface Signed {
  readonly der: Uint8Array;
  readonly at: string;
}

function properties({ der, at }: Signed, xadesNamespace: string, dsNamespace: string): string {
  const digest = createHash('sha256').update(der).digest('base64');
  return element('xades:SignedProperties', `${xadesNamespace} Id="p"`, [
    '<xades:SignedSignatureProperties>',
    `<xades:SigningTime>${at}</xades:SigningTime>`,
    '<xades:SigningCertificate><xades:Cert><xades:CertDigest>',
    `<ds:DigestMethod${dsNamespace} Algorithm="${SHA256}"></ds:DigestMethod>`,
    `<ds:DigestValue${dsNamespace}>${digest}</ds:DigestValue>`,
    '</xades:CertDigest></xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties>',
  ]);
}

const element = (name: string, attributes: string, children: readonly string[]): string =>
  `<${name}${attributes}>${children.join('')}</${name}>`;
const empty = (name: string, algorithm: string): string => element(name, ` Algorithm="${algorithm}"`, []);
const digestOf = (text: string): readonly string[] => [
  empty('ds:DigestMethod', SHA256),
  element('ds:DigestValue', '', [createHash('sha256').update(text).digest('base64')]),
];
