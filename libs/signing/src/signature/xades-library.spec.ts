import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Temporal } from '@latarnik/domain';
import { DOMImplementation, DOMParser, XMLSerializer } from '@xmldom/xmldom';
import { SealedKeys } from '../key/sealed-keys.js';
import { Sha256Hasher } from '../system/sha256-hasher.js';
import { contextOf, KEY_KINDS, TENANT } from '../testing/certificates.js';
import { aSecretBox, authenticationCertificate, offlineCertificate } from '../testing/imported.js';
import { asText } from '../testing/xml.js';
import { CertificateLoginSigner } from './certificate-login-signer.js';
import { CertificateOfflineSigner } from './certificate-offline-signer.js';

/** The part of xadesjs that is used here. Its own types would bring those of browsers into every spec beside this one. */
interface Library {
  readonly Application: { setEngine(name: string, crypto: unknown): void };
  readonly SignedXml: new (document: unknown) => {
    contentHandler?: (reference: { readonly Uri: string }) => Promise<Uint8Array | null>;
    readonly SignedProperties: {
      readonly SignedSignatureProperties: { readonly SigningTime: { readonly Value: Date } };
    };
    LoadXml(signature: unknown): void;
    Verify(): Promise<boolean>;
    VerifySigningCertificate(): Promise<{ readonly SerialNumber: string } | null>;
  };
}
interface Core {
  readonly setNodeDependencies: (dependencies: Readonly<Record<string, unknown>>) => void;
}

const XADESJS = 'xadesjs';
const XPATH = 'xpath';
const { Application, SignedXml, setNodeDependencies } = (await import(XADESJS)) as Library & Core;
Application.setEngine('NodeJS', webcrypto);
// npm may install xml-core once for xadesjs and once for xmldsigjs below it: both need to know the parser.
const below = createRequire(createRequire(createRequire(import.meta.url).resolve(XADESJS)).resolve('xmldsigjs'));
const core = (await import(below.resolve('xml-core').replace('/cjs/', '/esm/'))) as Core;
for (const set of [setNodeDependencies, core.setNodeDependencies]) {
  set({ DOMImplementation, DOMParser, XMLSerializer, xpath: (await import(XPATH)) as unknown });
}

/** Bytes that any parsing and printing would change. */
const INVOICE = Buffer.from('<?xml version="1.0"  encoding="UTF-8"?>\r\n<Faktura   b="2" a=\'1\'>żółć</Faktura>\n');
const AT = Temporal.Instant.from('2026-11-20T08:00:00.5Z');
const DS = 'http://www.w3.org/2000/09/xmldsig#';

/** What xadesjs finds in a document: whether it is signed, by which certificate, when. */
async function read(xml: string, file?: Uint8Array) {
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  const [element] = Array.from(document.getElementsByTagNameNS(DS, 'Signature'));
  if (element === undefined) throw new Error('no signature');
  const signed = new SignedXml(document);
  signed.LoadXml(element);
  if (file !== undefined) {
    signed.contentHandler = (reference) => Promise.resolve(reference.Uri === 'FV-1.xml' ? file : null);
  }
  const valid = await signed.Verify().catch(() => false);
  const time = signed.SignedProperties.SignedSignatureProperties.SigningTime.Value;
  // Only of what is valid: with no certificate of that digest in KeyInfo, xadesjs 2.6.8 looks for it without end.
  const certificate = valid ? await signed.VerifySigningCertificate() : null;
  return { valid, signingTime: time.toISOString(), serial: certificate?.SerialNumber };
}

describe.each(KEY_KINDS)('signatures with %s, verified by xadesjs', (kind) => {
  const ok = { valid: true, signingTime: '2026-11-20T08:00:00.000Z', serial: '140185933842146704' };

  it('evidence is good beside exactly these bytes, and its SigningCertificate is the one in KeyInfo', async () => {
    const { certificate } = await offlineCertificate({ kind });
    const signer = new CertificateOfflineSigner(new SealedKeys(aSecretBox()));
    const hash = new Sha256Hasher().hash(INVOICE);
    const subject = { fileName: 'FV-1.xml', hash, signingTime: AT };
    const evidence = asText(await signer.signEvidence(TENANT, certificate, subject));

    expect(await read(evidence, INVOICE)).toEqual(ok);
    expect(await read(evidence, Buffer.concat([INVOICE, Buffer.from(' ')]))).toMatchObject({ valid: false });
    expect(await read(evidence, INVOICE.subarray(1))).toMatchObject({ valid: false });
    const moved = evidence.replace('08:00:00Z', '08:00:01Z');
    expect(await read(moved, INVOICE)).toMatchObject({ valid: false, signingTime: '2026-11-20T08:00:01.000Z' });
    const other = evidence.replace(
      /(<xades:CertDigest>.*?<ds:DigestValue[^>]*>)(.)/,
      (_all, head: string, one: string) => head + (one === 'A' ? 'B' : 'A'),
    );
    expect(other).not.toBe(evidence);
    expect(await read(other, INVOICE)).toMatchObject({ valid: false, serial: undefined });
  });

  it('a login is good, and not when the request in it was changed', async () => {
    const { certificate } = await authenticationCertificate({ kind });
    const signer = new CertificateLoginSigner(new SealedKeys(aSecretBox()), { now: () => AT });
    const request = { challenge: '20250625-CR-20F5EE4000-DA48AE4124-46', context: contextOf('Nip', '5265877635') };
    const login = asText(await signer.signAuthTokenRequest(TENANT, certificate, request));

    expect(await read(login)).toEqual(ok);
    expect(await read(login.replace('5265877635', '1111111111'))).toMatchObject({ valid: false });
    expect(await read(login.replace('DA48AE4124-46', 'DA48AE4124-47'))).toMatchObject({ valid: false });
  });
});
