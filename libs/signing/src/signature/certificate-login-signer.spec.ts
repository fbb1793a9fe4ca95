import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Temporal, type AuthenticationCertificate, type Clock, type ContextIdentifier } from '@latarnik/domain';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
import { SealedKeys } from '../key/sealed-keys.js';
import { AWKWARD_ISSUER, contextOf, KEY_KINDS, TENANT } from '../testing/certificates.js';
import { itWithXmlsec, ScratchFolder } from '../testing/commands.js';
import { aSecretBox, authenticationCertificate, offlineCertificate } from '../testing/imported.js';
import { signedByXmlCrypto } from '../testing/xml-crypto.js';
import { asText, textAt } from '../testing/xml.js';
import { authTokenRequest } from './auth-token-request.js';
import { CertificateLoginSigner } from './certificate-login-signer.js';

const CHALLENGE = '20250625-CR-20F5EE4000-DA48AE4124-46';
const NIP = contextOf('Nip', '5265877635');
const CONTEXTS = [
  NIP,
  contextOf('InternalId', '5265877635-12345'),
  contextOf('NipVatUe', '5265877635-DE123456789'),
  contextOf('PeppolId', 'PPL123456'),
];
const CLOCK: Clock = { now: () => Temporal.Instant.from('2026-11-20T08:00:00.5Z') };

const login = async (
  certificate: AuthenticationCertificate,
  context: ContextIdentifier = NIP,
  challenge = CHALLENGE,
): Promise<string> => {
  const signer = new CertificateLoginSigner(new SealedKeys(aSecretBox()), CLOCK);
  return asText(await signer.signAuthTokenRequest(TENANT, certificate, { challenge, context }));
};

const signatureIn = (xml: string): string => /<ds:Signature .*<\/ds:Signature>/s.exec(xml)?.[0] ?? '';

describe.each(KEY_KINDS)('a login with %s', (kind) => {
  it('is verified by xml-crypto: the request without the signature, and the signed properties', async () => {
    const { certificate, made } = await authenticationCertificate({ kind, issuer: AWKWARD_ISSUER });
    const xml = await login(certificate);
    const signed = signedByXmlCrypto(xml, signatureIn(xml), made.certificatePem);

    expect(signed).toHaveLength(2);
    expect(signed[0]).toBe(
      '<AuthTokenRequest xmlns="http://ksef.mf.gov.pl/auth/token/2.1">' +
        '<Challenge>20250625-CR-20F5EE4000-DA48AE4124-46</Challenge>' +
        '<ContextIdentifier><Nip>5265877635</Nip></ContextIdentifier>' +
        '<SubjectIdentifierType>certificateSubject</SubjectIdentifierType></AuthTokenRequest>',
    );
    expect(signed[1]).toMatch(/^<xades:SignedProperties .*2026-11-20T08:00:00Z.*<\/xades:SignedProperties>$/);
    const changed = xml.replace('5265877635', '1111111111');
    expect(signedByXmlCrypto(changed, signatureIn(changed), made.certificatePem)).toEqual([]);
  });

  itWithXmlsec()('is verified by xmlsec1, and refused when changed', async () => {
    using folder = new ScratchFolder();
    const { certificate, made } = await authenticationCertificate({ kind, issuer: AWKWARD_ISSUER });
    const xml = await login(certificate);
    folder.write('authority.pem', made.authorityPem);
    const says = (content: string): string => {
      folder.write('login.xml', content);
      const idAttribute = ['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];
      return folder.run('xmlsec1', '--verify', '--trusted-pem', 'authority.pem', ...idAttribute, 'login.xml').output;
    };

    expect(says(xml)).toMatch(/^OK\nSignedInfo References \(ok\/all\): 2\/2$/m);
    for (const changed of [
      xml.replace('5265877635', '1111111111'),
      xml.replace('DA48AE4124-46', 'DA48AE4124-47'),
      xml.replace('08:00:00Z', '08:00:01Z'),
      xml.replace(/(SignatureValue>.{20})(.)/, (_all, head: string, one: string) => head + (one === 'A' ? 'B' : 'A')),
    ]) {
      expect(changed).not.toBe(xml);
      expect(says(changed)).not.toMatch(/^OK$/m);
    }
  });

  it('has the shape KSeF asks for: enveloped, exclusive canonicalisation, SHA-256, the certificate within', async () => {
    const { certificate } = await authenticationCertificate({ kind });
    const xml = await login(certificate);

    expect(xml).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?><AuthTokenRequest /);
    expect(textAt(xml, '/*/ds:Signature/ds:SignedInfo/ds:Reference[1]/@URI')).toBe('');
    expect(textAt(xml, '//ds:Reference[1]/ds:Transforms/ds:Transform[1]/@Algorithm')).toBe(
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
    );
    expect(textAt(xml, '//ds:Reference[2]/@Type')).toBe('http://uri.etsi.org/01903#SignedProperties');
    expect(textAt(xml, '//xades:QualifyingProperties/@Target')).toBe('#Signature');
    expect(textAt(xml, '/*/ds:Signature/@Id')).toBe('Signature');
    expect(textAt(xml, '//ds:X509Certificate')).toBe(Buffer.from(certificate.der).toString('base64'));
    expect(Buffer.from(textAt(xml, '//ds:SignatureValue'), 'base64')).toHaveLength(kind === 'ec-p256' ? 64 : 256);
  });
});

describe('what is not signed', () => {
  it('a certificate of type Offline, by type and at run time', async () => {
    const { certificate } = await offlineCertificate({ kind: 'ec-p256' });
    const relabelled = { ...certificate, purpose: 'authentication' as const };

    // @ts-expect-error -- the compiler keeps the two types apart
    await expect(login(certificate)).rejects.toThrow('is of type offline: this takes type authentication');
    await expect(login(relabelled)).rejects.toThrow('its key usage says offline');
  });

  it.each(['', 'x', `${CHALLENGE} `, CHALLENGE.toLowerCase(), '</Challenge><Nip/>'])(
    'the challenge %j',
    async (challenge) => {
      const { certificate } = await authenticationCertificate({ kind: 'ec-p256' });

      await expect(login(certificate, NIP, challenge)).rejects.toThrow('not a challenge of KSeF');
    },
  );
});

describe('schemat_auth_v2-1.xsd', () => {
  const schema = join(process.env['KSEF_SCHEMAS'] ?? '', 'schemat_auth_v2-1.xsd');
  const known = process.env['KSEF_SCHEMAS'] !== undefined && existsSync(schema);
  if (!known) console.warn('KSEF_SCHEMAS does not name the folder of schemat_auth_v2-1.xsd: its tests are skipped');
  const itWithSchema = known ? it : it.skip;

  const problemsOf = (xml: string): string => {
    // Two patterns have anchors, which in a schema mean the characters ^ and $ themselves (XSD part 2, F.1).
    const text = readFileSync(schema, 'utf8').replaceAll('value="^', 'value="').replaceAll('$"/>', '"/>');
    using xsd = XmlDocument.fromString(text);
    using validator = XsdValidator.fromDoc(xsd);
    using document = XmlDocument.fromString(xml);
    try {
      validator.validate(document);
      return '';
    } catch (error) {
      return String(error);
    }
  };

  itWithSchema.each(CONTEXTS)('accepts the request for a context of type $type', (context) => {
    expect(problemsOf(authTokenRequest(CHALLENGE, context))).toBe('');
  });

  itWithSchema(
    'has no place for the signature: what is signed is valid, and nothing but the signature is too much',
    async () => {
      const { certificate } = await authenticationCertificate({ kind: 'ec-p256' });
      const xml = await login(certificate);

      expect(problemsOf(xml.replace(signatureIn(xml), ''))).toBe('');
      expect(problemsOf(xml)).toMatch(
        /\{http:\/\/www\.w3\.org\/2000\/09\/xmldsig#\}Signature'?: This element is not expected/,
      );
    },
  );

  itWithSchema('refuses the elements in another order', () => {
    const xml = authTokenRequest(CHALLENGE, NIP);
    const swapped = xml.replace(/(<Challenge>.*<\/Challenge>)(<ContextIdentifier>.*<\/ContextIdentifier>)/, '$2$1');

    expect(problemsOf(swapped)).toContain('This element is not expected');
  });
});
