import { describe, expect, it } from '@jest/globals';
import { Temporal, type OfflineCertificate } from '@latarnik/domain';
import fc from 'fast-check';
import type { CertificateFacts } from '../certificate/certificate-facts.js';
import { Sha256Hasher } from '../system/sha256-hasher.js';
import { SealedKeys } from '../key/sealed-keys.js';
import { AWKWARD_ISSUER, KEY_KINDS, TENANT } from '../testing/certificates.js';
import { itWithXmlsec, ScratchFolder } from '../testing/commands.js';
import { aSecretBox, authenticationCertificate, offlineCertificate, type Stored } from '../testing/imported.js';
import { signedByXmlCrypto } from '../testing/xml-crypto.js';
import { asText, canonicalByLibxml2, canonicalByXmlCrypto, textAt } from '../testing/xml.js';
import { fileReference } from './evidence-document.js';
import { CertificateOfflineSigner } from './certificate-offline-signer.js';
import { signedProperties } from './xades.js';

const SIGNING_TIME = Temporal.Instant.from('2026-11-20T22:59:59.987Z');
/** Bytes that any parsing and printing would change. */
const INVOICE = '<?xml version="1.0"  encoding="UTF-8"?>\r\n<Faktura   b="2" a=\'1\'><!-- żółć --></Faktura>\n\n';
const FILE_NAME = 'FV 2026&11 #42 „ł”.xml';

const evidenceOf = (certificate: OfflineCertificate, invoice = INVOICE, fileName = FILE_NAME): Promise<Uint8Array> =>
  new CertificateOfflineSigner(new SealedKeys(aSecretBox())).signEvidence(TENANT, certificate, {
    fileName,
    hash: new Sha256Hasher().hash(Buffer.from(invoice)),
    signingTime: SIGNING_TIME,
  });

describe.each(KEY_KINDS)('evidence with %s', (kind) => {
  itWithXmlsec()('is verified by xmlsec1 beside the file, and only beside exactly these bytes', async () => {
    const stored = await offlineCertificate({ kind, issuer: AWKWARD_ISSUER });
    const evidence = asText(await evidenceOf(stored.certificate));

    expect(xmlsecSays(stored, evidence, INVOICE)).toContain('SignedInfo References (ok/all): 2/2');
    expect(xmlsecSays(stored, evidence, INVOICE)).toMatch(/^OK$/m);
    for (const changed of [`${INVOICE} `, INVOICE.replace('\r\n', '\n'), INVOICE.replace('ż', 'z'), '']) {
      expect(xmlsecSays(stored, evidence, changed)).not.toMatch(/^OK$/m);
    }
  });

  itWithXmlsec()('is refused by xmlsec1 when anything signed in it was changed', async () => {
    const stored = await offlineCertificate({ kind, issuer: AWKWARD_ISSUER });
    const evidence = asText(await evidenceOf(stored.certificate));
    const changes = [
      evidence.replace('22:59:59Z', '22:59:58Z'),
      evidence.replace('O=Urząd', 'O=Urzad'),
      evidence.replace('>application/xml<', '>application/pdf<'),
      evidence.replace('Id="Invoice"', 'Id="Other"').replace('#Invoice', '#Other'),
      evidence.replace(
        /(SignatureValue>.{20})(.)/,
        (_all, head: string, one: string) => head + (one === 'A' ? 'B' : 'A'),
      ),
    ];

    for (const changed of changes) {
      expect(changed).not.toBe(evidence);
      expect(xmlsecSays(stored, changed, INVOICE)).not.toMatch(/^OK$/m);
    }
    const other = await offlineCertificate({ kind, issuer: AWKWARD_ISSUER });
    expect(xmlsecSays(other, evidence, INVOICE)).not.toMatch(/^OK$/m);
  });

  it('is verified by xml-crypto, which finds the file and the signed properties signed', async () => {
    const { certificate, made } = await offlineCertificate({ kind, issuer: AWKWARD_ISSUER });
    // xml-crypto looks up references by Id only: the file is an element whose canonical form is its bytes.
    const invoice = '<Faktura Id="FV-1.xml">Zażółć &amp; 1 &lt; 2</Faktura>';
    const evidence = asText(await evidenceOf(certificate, invoice, 'FV-1.xml')).replace(/^<\?xml.*\?>\n/, '');
    const signed = signedByXmlCrypto(`<both>${invoice}${evidence}</both>`, evidence, made.certificatePem);

    expect(signed).toHaveLength(2);
    expect(signed[0]).toBe(invoice);
    expect(signed[1]).toContain('<xades:SigningTime>2026-11-20T22:59:59Z</xades:SigningTime>');
    const changedInvoice = invoice.replace('ż', 'z');
    expect(signedByXmlCrypto(`<both>${changedInvoice}${evidence}</both>`, evidence, made.certificatePem)).toEqual([]);
    const changed = evidence.replace('22:59:59Z', '22:59:58Z');
    expect(signedByXmlCrypto(`<both>${invoice}${changed}</both>`, changed, made.certificatePem)).toEqual([]);
  });

  it('carries the two signed parts in their exclusive canonical form, say libxml2 and xml-crypto', async () => {
    const { certificate } = await offlineCertificate({ kind, issuer: AWKWARD_ISSUER });
    const evidence = asText(await evidenceOf(certificate));

    for (const [prefix, part] of [
      ['ds', 'SignedInfo'],
      ['xades', 'SignedProperties'],
    ] as const) {
      const written = new RegExp(`<${prefix}:${part} .*</${prefix}:${part}>`).exec(evidence)?.[0];
      expect(canonicalByLibxml2(evidence, `//${prefix}:${part}`)).toBe(written);
      expect(canonicalByXmlCrypto(evidence, part)).toBe(written);
    }
  });

  it('says what was signed, when and with which certificate', async () => {
    const { certificate } = await offlineCertificate({ kind, issuer: AWKWARD_ISSUER });
    const evidence = await evidenceOf(certificate);
    const at = (xpath: string): string => textAt(evidence, xpath);

    expect(at('/ds:Signature/ds:SignedInfo/ds:Reference[1]/@URI')).toBe(
      'FV%202026%2611%20%2342%20%E2%80%9E%C5%82%E2%80%9D.xml',
    );
    expect(at('//ds:SignatureMethod/@Algorithm')).toBe(
      kind === 'ec-p256'
        ? 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'
        : 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    );
    expect(Buffer.from(at('//ds:SignatureValue'), 'base64')).toHaveLength(kind === 'ec-p256' ? 64 : 256);
    expect(at('//ds:X509Certificate')).toBe(Buffer.from(certificate.der).toString('base64'));
    expect(at('//xades:SigningTime')).toBe('2026-11-20T22:59:59Z');
    expect(at('//xades:CertDigest/ds:DigestValue')).toBe(
      Buffer.from(new Sha256Hasher().hash(certificate.der)).toString('base64'),
    );
    expect(at('//ds:X509SerialNumber')).toBe('140185933842146704');
    expect(at('//ds:X509IssuerName')).toBe(
      'CN=\\#świadectwo\\ ,2.5.4.97=#1310564154504c2d31313131313131313131,' +
        'O=Urząd & Syn\\, \\"A\\+B\\" \\<CA\\>\\; \\\\ 1=2,C=PL',
    );
    expect(at('//xades:DataObjectFormat/@ObjectReference')).toBe('#Invoice');
    expect(at('//ds:Reference[@Id="Invoice"]/ds:DigestValue')).toBe(
      Buffer.from(new Sha256Hasher().hash(Buffer.from(INVOICE))).toString('base64'),
    );
  });
});

it('refuses a certificate of type Authentication, by type and at run time', async () => {
  const { certificate } = await authenticationCertificate({ kind: 'ec-p256' });
  // @ts-expect-error -- the compiler keeps the two types apart
  await expect(evidenceOf(certificate)).rejects.toThrow('is of type authentication: this takes type offline');
  await expect(evidenceOf({ ...certificate, purpose: 'offline' })).rejects.toThrow('its key usage says authentication');
});

it('writes any issuer name so that it is its own canonical form', () => {
  const facts = { serialDecimal: '1', sha256Base64: 'AA==' } as CertificateFacts;
  const xmlText = fc.string({ unit: 'binary' }).map((text) => Array.from(text, inXml).join(''));
  fc.assert(
    fc.property(xmlText, (issuer) => {
      const written = signedProperties({ ...facts, issuer }, SIGNING_TIME);
      expect(canonicalByLibxml2(written, '/*')).toBe(written);
      expect(textAt(written, '//ds:X509IssuerName')).toBe(issuer);
    }),
    { numRuns: 300 },
  );
});

describe('fileReference', () => {
  it.each([
    ['5265877635-20261120.xml', '5265877635-20261120.xml'],
    ['a:b.xml', 'a%3Ab.xml'],
    ['#x?y%20.xml', '%23x%3Fy%2520.xml'],
    ['"&<\'>.xml', "%22%26%3C'%3E.xml"],
  ])('makes a relative reference of %s', (name, reference) => {
    expect(fileReference(name)).toBe(reference);
  });

  it.each(['', '.', '..', 'a/b.xml', '..\\b.xml', 'a\nb.xml', 'a\0.xml', 'x'.repeat(256)])('refuses %j', (name) => {
    expect(() => fileReference(name)).toThrow('plain name');
  });
});

/** The character, or one that must be escaped where XML 1.0 section 2.2 has no place for it. */
function inXml(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const isAllowed = '\t\n\r'.includes(character) || (code >= 0x20 && code !== 0xfffe && code !== 0xffff);
  return isAllowed ? character : (['\r', '&', '<', '>', '"'][code % 5] ?? '');
}

/** `xmlsec1 --verify` with the chain of KeyInfo checked up to the test authority, in a folder that holds both files. */
function xmlsecSays({ made }: Stored<OfflineCertificate>, evidence: string, invoice: string): string {
  using folder = new ScratchFolder();
  folder.write(FILE_NAME, invoice);
  folder.write('evidence.xml', evidence);
  folder.write('authority.pem', made.authorityPem);
  const idAttribute = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];
  return folder.run('xmlsec1', '--verify', '--trusted-pem', 'authority.pem', ...idAttribute, 'evidence.xml').output;
}
