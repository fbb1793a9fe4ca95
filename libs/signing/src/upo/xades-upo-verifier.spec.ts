import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { hashToBase64, Temporal, type UpoCheck } from '@latarnik/domain';
import * as fc from 'fast-check';
import {
  DIGITAL_SIGNATURE,
  KEY_ENCIPHERMENT,
  KEY_KINDS,
  makeCertificate,
  NON_REPUDIATION,
  type CertificateOrder,
  type KeyKind,
  type MadeCertificate,
} from '../testing/certificates.js';
import { itWithXmlsec, ScratchFolder } from '../testing/commands.js';
import { CONFIRMED, signedUpo, upoText } from '../testing/upo.js';
import { UpoTrust } from './upo-trust.js';
import { XadesUpoVerifier } from './xades-upo-verifier.js';

const SUBJECT = 'O=Ministerstwo Finansów';
const ministry = (kind: KeyKind, more: Partial<CertificateOrder> = {}): Promise<MadeCertificate> =>
  makeCertificate({
    kind,
    usage: NON_REPUDIATION,
    subject: [{ C: ['PL'] }, { O: ['Ministerstwo Finansów'] }, { CN: ['Pieczęć UPO'] }],
    ...more,
  });

const trusting = (certificatesPem: string, signerSubject?: string): XadesUpoVerifier =>
  new XadesUpoVerifier(new UpoTrust({ certificatesPem, ...(signerSubject === undefined ? {} : { signerSubject }) }));
const check = (verifier: XadesUpoVerifier, xml: string): UpoCheck => verifier.check(Buffer.from(xml, 'utf8'));
const confirmedBy = (result: UpoCheck) =>
  'entries' in result
    ? result.entries.map(({ ksefNumber, hash }) => ({ ksefNumber, hash: hashToBase64(hash) }))
    : result;

let seal: MadeCertificate;
let upo: string;
let verifier: XadesUpoVerifier;
beforeAll(async () => {
  seal = await ministry('rsa-2048');
  upo = await signedUpo(seal, 'rsa-2048');
  verifier = trusting(seal.certificatePem);
});

describe.each(KEY_KINDS)('a UPO signed with %s', (kind) => {
  it('is valid by the certificate that is trusted, and confirms what is in it', async () => {
    const made = await ministry(kind);
    const result = check(trusting(made.certificatePem), await signedUpo(made, kind));
    expect(result).toMatchObject({
      signature: { verdict: 'valid', signedAt: '2026-11-20T08:00:00Z', signer: expect.stringContaining(SUBJECT) },
    });
    expect(confirmedBy(result)).toEqual(CONFIRMED);
  });

  it('is valid by an authority together with the subject it vouches for', async () => {
    const made = await ministry(kind);
    const xml = await signedUpo(made, kind);
    expect(check(trusting(made.authorityPem, SUBJECT), xml)).toMatchObject({ signature: { verdict: 'valid' } });
    expect(check(trusting(made.authorityPem, 'O=Somebody'), xml)).toEqual({
      signature: { verdict: 'not-checked', reason: 'signer-unknown' },
    });
  });

  itWithXmlsec()('is what xmlsec1 calls valid as well', async () => {
    using folder = new ScratchFolder();
    const made = await ministry(kind);
    folder.write('authority.pem', made.authorityPem);
    folder.write('upo.xml', await signedUpo(made, kind));
    const said = folder.run(
      'xmlsec1',
      ...['--verify', '--trusted-pem', 'authority.pem'],
      ...['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties', 'upo.xml'],
    );
    expect(said).toMatchObject({ ok: true });
  });
});

describe('trust', () => {
  it('is nobody by default, which is said', () => {
    expect(check(new XadesUpoVerifier(undefined), upo)).toEqual({
      signature: { verdict: 'not-checked', reason: 'no-trust-configured' },
    });
  });

  it('is not given by what a document brings along', async () => {
    const stranger = await ministry('rsa-2048');
    expect(check(verifier, await signedUpo(stranger, 'rsa-2048'))).toEqual({
      signature: { verdict: 'not-checked', reason: 'signer-unknown' },
    });
  });

  it('of an authority reaches only those who may sign', async () => {
    const made = await ministry('ec-p256', { usage: KEY_ENCIPHERMENT });
    expect(check(trusting(made.authorityPem, SUBJECT), await signedUpo(made, 'ec-p256'))).toMatchObject({
      signature: { reason: 'signer-unknown' },
    });
    const signing = await ministry('ec-p256', { usage: DIGITAL_SIGNATURE });
    expect(check(trusting(signing.authorityPem, SUBJECT), await signedUpo(signing, 'ec-p256'))).toMatchObject({
      signature: { verdict: 'valid' },
    });
  });

  it('needs the subject beside an authority, and at least one certificate', () => {
    expect(() => trusting(seal.authorityPem)).toThrow('together with the subject');
    expect(() => trusting('no certificate')).toThrow('no certificate');
  });

  it('ends with the certificate', async () => {
    const late = await signedUpo(seal, 'rsa-2048', upoText(), Temporal.Instant.from('2036-01-02T00:00:00Z'));
    expect(check(verifier, late)).toEqual({ refused: 'signed when the certificate was not valid' });
  });

  it('says that an unsigned UPO is unsigned', () => {
    expect(check(verifier, upoText())).toEqual({ signature: { verdict: 'not-checked', reason: 'unsigned' } });
  });
});

const signatureOf = (xml: string): string => /<ds:Signature .*<\/ds:Signature>/s.exec(xml)?.[0] ?? '';
const part = (xml: string, name: string): string => new RegExp(`<${name}[ >].*</${name}>`, 's').exec(xml)?.[0] ?? '';
const OTHER =
  '<Dokument><NumerKSeFDokumentu>5265877635-20250916-020000000000-00</NumerKSeFDokumentu>' +
  '<SkrotDokumentu>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</SkrotDokumentu></Dokument>';
const ROOT = '<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3">';

/** What somebody might make of a good document; none may be taken for it. */
const ATTACKS: readonly (readonly [name: string, make: (xml: string) => string])[] = [
  ['another number', (xml) => xml.replace('020000583241', '020000583242')],
  ['one more document', (xml) => xml.replace('</Dokument>', `</Dokument>${OTHER}`)],
  ['the documents replaced', (xml) => xml.replace(/<Dokument>.*<\/Dokument>/s, OTHER)],
  ['the good document wrapped in a forged one', (xml) => `${ROOT}${OTHER}${xml.replace(/^.*?\n/, '')}</Potwierdzenie>`],
  [
    'a forged document with the good one inside its signature',
    (xml) => {
      const inside = signatureOf(xml).replace(
        '</ds:Object>',
        `${xml.replace(/^.*?\n/, '').replace(signatureOf(xml), '')}</ds:Object>`,
      );
      return `${ROOT}${OTHER}${inside}</Potwierdzenie>`;
    },
  ],
  ['a forged document with the good signature', (xml) => `${ROOT}${OTHER}${signatureOf(xml)}</Potwierdzenie>`],
  ['two signatures', (xml) => xml.replace('</Potwierdzenie>', `${signatureOf(xml)}</Potwierdzenie>`)],
  ['the signature deeper', (xml) => xml.replace(signatureOf(xml), `<Dokument>${signatureOf(xml)}</Dokument>`)],
  ['two SignedInfo', (xml) => xml.replace('<ds:SignatureValue', `${part(xml, 'ds:SignedInfo')}<ds:SignatureValue`)],
  ['a SignedInfo in the object', (xml) => xml.replace('</ds:Object>', `${part(xml, 'ds:SignedInfo')}</ds:Object>`)],
  ['a comment in the digest', (xml) => xml.replace('<ds:DigestValue>', '<ds:DigestValue>AAAA<!-- -->')],
  ['a comment in a number', (xml) => xml.replace('5265877635-20250916', '5265877635<!-- -->-20250916')],
  ['an instruction', (xml) => xml.replace('<Dokument>', '<?go on?><Dokument>')],
  ['no reference to the document', (xml) => xml.replace(/<ds:Reference URI="">.*?<\/ds:Reference>/s, '')],
  [
    'a reference to a part',
    (xml) => xml.replace('URI=""', 'URI="#part"').replace('<Dokument>', '<Dokument Id="part">'),
  ],
  [
    'the same reference twice',
    (xml) => xml.replace('</ds:SignedInfo>', `${part(xml, 'ds:Reference')}</ds:SignedInfo>`),
  ],
  ['the Id of the properties twice', (xml) => xml.replace('<Dokument>', '<Dokument Id="SignedProperties">')],
  [
    'the properties moved and forged ones in their place',
    (xml) => {
      const properties = part(xml, 'xades:SignedProperties');
      const forged = properties.replace('2026-11-20', '2026-11-21').replace('Id="SignedProperties"', 'Id="Forged"');
      return xml.replace(properties, forged).replace('<Dokument>', `<Dokument>${properties}`);
    },
  ],
  ['other properties', (xml) => xml.replace('2026-11-20T08', '2026-11-20T09')],
  ['properties of another signature', (xml) => xml.replace('Target="#Signature"', 'Target="#Other"')],
  [
    'no enveloped transform',
    (xml) => xml.replace('<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>', ''),
  ],
  [
    'an XPath transform',
    (xml) =>
      xml
        .replace('xmldsig#enveloped-signature', 'xmldsig#xpath')
        .replace('http://www.w3.org/2000/09/', 'http://www.w3.org/TR/1999/REC-xpath-19991116#'),
  ],
  [
    'SHA-1',
    (xml) => xml.replaceAll('http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2000/09/xmldsig#sha1'),
  ],
  ['RSA with SHA-1', (xml) => xml.replace('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#rsa-sha1')],
  ['a MAC keyed with the public key', (xml) => xml.replace('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256')],
  ['another curve of trust: ECDSA', (xml) => xml.replace('#rsa-sha256', '#ecdsa-sha256')],
  ['canonicalisation with comments', (xml) => xml.replaceAll('xml-exc-c14n#"', 'xml-exc-c14n#WithComments"')],
  ['an empty signature value', (xml) => xml.replace(/<ds:SignatureValue>.*?</s, '<ds:SignatureValue><')],
  [
    'a DTD with a default Id',
    (xml) => xml.replace('?>', '?><!DOCTYPE Potwierdzenie [<!ATTLIST Dokument Id CDATA "x">]>'),
  ],
  ['a DTD with an entity', (xml) => xml.replace('?>', '?><!DOCTYPE a [<!ENTITY e "x">]>').replace('FA/1', '&e;')],
  ['another root', (xml) => xml.replaceAll('Potwierdzenie', 'Zaprzeczenie')],
  ['another namespace', (xml) => xml.replace('upo.schematy.mf.gov.pl', 'upo.example')],
  ['no documents', (xml) => xml.replace(/<Dokument>.*<\/Dokument>/s, '')],
  ['half of it', (xml) => xml.slice(0, xml.length / 2)],
];

describe('wrapping and other forgeries (reliability S12)', () => {
  it.each(ATTACKS)('%s is not believed', (_name, make) => {
    const forged = make(upo);
    expect(forged).not.toBe(upo);
    expect(check(verifier, forged)).toEqual({ refused: expect.any(String) });
  });

  it('with a foreign KeyInfo are checked by the trusted certificate, or by nobody', async () => {
    const stranger = await ministry('rsa-2048');
    const foreign =
      /<ds:X509Certificate>(.*)<\/ds:X509Certificate>/.exec(await signedUpo(stranger, 'rsa-2048'))?.[1] ?? '';
    const changed = upo.replace(/(<ds:X509Certificate>).*(<\/ds:X509Certificate>)/, `$1${foreign}$2`);
    expect(changed).not.toBe(upo);
    // KeyInfo is not signed and not believed: the signature is still that of the certificate the properties name.
    expect(check(verifier, changed)).toMatchObject({ signature: { verdict: 'valid' } });
    expect(check(trusting(seal.authorityPem, SUBJECT), changed)).toMatchObject({
      signature: { reason: 'signer-unknown' },
    });
    const forged = (await signedUpo(stranger, 'rsa-2048', upoText([{ ...CONFIRMED[0], ksefNumber: 'X' }]))).replace(
      foreign,
      Buffer.from(seal.der).toString('base64'),
    );
    expect(check(verifier, forged)).not.toHaveProperty('entries');
  });

  it('of any byte confirm nothing else than what was signed', () => {
    const runs = Number(process.env['FUZZ_RUNS'] ?? 2000);
    const bytes = Buffer.from(upo, 'utf8');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const mutated = Buffer.from(bytes);
          for (const [at, value] of changes) mutated[at] = value;
          const result = verifier.check(mutated);
          if ('entries' in result) expect(confirmedBy(result)).toEqual(CONFIRMED);
        },
      ),
      { numRuns: runs },
    );
  });

  it('by moving, doubling or dropping elements confirm nothing else than what was signed', () => {
    const pieces = upo.split(/(?=<)/);
    const place = fc.nat(pieces.length - 1);
    fc.assert(
      fc.property(place, place, place, fc.constantFrom('move', 'double', 'drop', 'swap'), (from, to, length, how) => {
        const cut = pieces.slice(from, from + (length % 12) + 1);
        const rest =
          how === 'double' ? [...pieces] : pieces.filter((_piece, at) => at < from || at >= from + cut.length);
        if (how !== 'drop') rest.splice(to, how === 'swap' ? cut.length : 0, ...cut);
        const result = check(verifier, rest.join(''));
        if ('entries' in result) expect(confirmedBy(result)).toEqual(CONFIRMED);
      }),
      { numRuns: 2000 },
    );
  });
});

const SAMPLES = process.env['KSEF_UPO_SAMPLES'];
if (SAMPLES === undefined) console.warn('KSEF_UPO_SAMPLES is not set: the official samples of UPO are not read.');

const official = SAMPLES === undefined ? it.skip : it;
official.each(['kontekst-nip/upo-sesja-kontekst-id-nip.xml', 'kontekst-nip/upo-faktura-kontekst-id-nip.xml'])(
  'the official sample %s, which is unsigned, is valid once it is signed',
  async (file) => {
    const sample = readFileSync(join(SAMPLES ?? '', file), 'utf8');
    expect(check(verifier, sample)).toEqual({ signature: { verdict: 'not-checked', reason: 'unsigned' } });
    const result = check(verifier, await signedUpo(seal, 'rsa-2048', sample));
    expect(result).toMatchObject({ signature: { verdict: 'valid' } });
    expect(confirmedBy(result)).toContainEqual({
      ksefNumber: '5265877635-20250916-0200A0D6723E-C2',
      hash: 'GZMGNVzs3krF6URKgvaw77OOeG3nJ+WGziT5xguliQ8=',
    });
  },
);
