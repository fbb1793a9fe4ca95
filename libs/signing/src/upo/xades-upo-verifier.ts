import { createHash, verify } from 'node:crypto';
import {
  invoiceHashFromBase64,
  Temporal,
  type UpoCheck,
  type UpoEntry,
  type UpoUnchecked,
  upoMoments,
  type UpoVerifier,
} from '@latarnik/domain';
import { ParseOption, XmlC14NMode, XmlDocument, type XmlElement } from 'libxml2-wasm';
import { ENVELOPED, EXCLUSIVE_C14N, SHA256 } from '../signature/xades.js';
import {
  readSignature,
  refuse,
  UpoRefusedError,
  type SignatureParts,
  type SignatureReference,
} from './signature-parts.js';
import type { UpoSigner, UpoTrust } from './upo-trust.js';

/** A page of 10,000 invoices has some 7 MB. */
const LARGEST_UPO_BYTES = 16_000_000;
const INCLUSIVE_C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';

type C14nMode = (typeof XmlC14NMode)[keyof typeof XmlC14NMode];

/** Without comments: those that sign comments too are other algorithms, and are not taken. */
const CANONICALIZATIONS: ReadonlyMap<string, C14nMode> = new Map([
  [EXCLUSIVE_C14N, XmlC14NMode.XML_C14N_EXCLUSIVE_1_0],
  [INCLUSIVE_C14N, XmlC14NMode.XML_C14N_1_0],
  ['http://www.w3.org/2006/12/xml-c14n11', XmlC14NMode.XML_C14N_1_1],
]);

const DIGESTS: ReadonlyMap<string, string> = new Map([
  [SHA256, 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#sha384', 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
]);

interface SignatureMethod {
  readonly hash: string;
  readonly key: 'rsa' | 'ec';
}

/** RSASSA-PKCS1-v1_5 and ECDSA with SHA-2 (RFC 9231 2.3.2-2.3.6). */
const METHODS: ReadonlyMap<string, SignatureMethod> = new Map(
  ['sha256', 'sha384', 'sha512'].flatMap((hash): [string, SignatureMethod][] => [
    [`http://www.w3.org/2001/04/xmldsig-more#rsa-${hash}`, { hash, key: 'rsa' }],
    [`http://www.w3.org/2001/04/xmldsig-more#ecdsa-${hash}`, { hash, key: 'ec' }],
  ]),
);

/** Namespaces of UPO documents, v4-2 and later. */
const UPO_NAMESPACE = /^http:\/\/upo\.schematy\.mf\.gov\.pl\/KSeF\/v4-[0-9]{1,2}$/;

/**
 * Verifies the enveloped XAdES signature of a UPO: one signature over the whole document and its own signed properties,
 * by a certificate that the operator trusts, with algorithms of a list. What is confirmed is read from the very bytes
 * whose digest was compared (reliability S12, ADR 0020).
 */
export class XadesUpoVerifier implements UpoVerifier {
  /** @param trust absent when the operator named nobody: then nothing is checked, and that is said */
  constructor(private readonly trust: UpoTrust | undefined) {}

  check(upo: Uint8Array): UpoCheck {
    if (this.trust === undefined) return notChecked('no-trust-configured');
    try {
      return this.#checked(this.trust, upo);
    } catch (error) {
      return { refused: error instanceof UpoRefusedError ? error.message : 'the document cannot be read' };
    }
  }

  #checked(trust: UpoTrust, upo: Uint8Array): UpoCheck {
    using document = parse(upo);
    const parts = readSignature(document);
    if (parts === undefined) return notChecked('unsigned');
    const { method, value } = parts.certificateDigest;
    const signer = trust.signerWith({ hash: hashOf(method), value }, parts.certificates);
    if (signer === undefined) return notChecked('signer-unknown');
    requireValidAt(signer, parts.signingTime);
    requireSigned(parts, signer);
    requireDigest(parts.properties, canonical(parts.signedProperties, propertiesMode(parts.properties)));
    const signed = withoutSignature(upo, documentMode(parts.document));
    requireDigest(parts.document, signed);
    return {
      signature: {
        verdict: 'valid',
        signer: signer.subject,
        certificateSha256: signer.sha256,
        signedAt: parts.signingTime,
      },
      entries: entriesOf(signed),
    };
  }
}

const notChecked = (reason: UpoUnchecked): UpoCheck => ({ signature: { verdict: 'not-checked', reason } });

/** No DTD, nothing from outside, no name twice (reliability S11). */
function parse(upo: Uint8Array | string): XmlDocument {
  if (upo.length > LARGEST_UPO_BYTES) refuse('larger than a UPO can be');
  const source = typeof upo === 'string' ? upo : new TextDecoder('utf-8', { fatal: true }).decode(upo);
  if (source.includes('<!DOCTYPE')) refuse('a DOCTYPE');
  const document = XmlDocument.fromString(source, { option: ParseOption.XML_PARSE_NO_XXE });
  if (document.dtd === null) return document;
  document.dispose();
  return refuse('a DTD');
}

function requireValidAt({ validFrom, validTo }: UpoSigner, signingTime: string): void {
  let moment: number;
  try {
    moment = Temporal.Instant.from(signingTime).epochMilliseconds;
  } catch {
    return refuse('no signing time');
  }
  if (moment < validFrom.getTime() || moment > validTo.getTime()) refuse('signed when the certificate was not valid');
}

function requireSigned({ signedInfo, canonicalization, method, value }: SignatureParts, signer: UpoSigner): void {
  const known = METHODS.get(method);
  if (known === undefined || signer.publicKey.asymmetricKeyType !== known.key)
    return refuse('a signature method not allowed');
  const data = Buffer.from(canonical(signedInfo, modeOf(canonicalization)), 'utf8');
  if (!verify(known.hash, data, { key: signer.publicKey, dsaEncoding: 'ieee-p1363' }, value)) {
    refuse('the signature does not verify');
  }
}

function requireDigest({ digestMethod, digest }: SignatureReference, signed: string): void {
  if (!createHash(hashOf(digestMethod)).update(signed, 'utf8').digest().equals(digest))
    refuse('a digest does not match');
}

const hashOf = (method: string): string => DIGESTS.get(method) ?? refuse('a digest method not allowed');

const modeOf = (algorithm: string): C14nMode =>
  CANONICALIZATIONS.get(algorithm) ?? refuse('a canonicalisation not allowed');

/** Canonical XML 1.0 where nothing is said (XMLDSig 4.4.3.2). */
function propertiesMode({ transforms: [only = INCLUSIVE_C14N, ...more] }: SignatureReference): C14nMode {
  return more.length > 0 ? refuse('more transforms than expected') : modeOf(only);
}

function documentMode({ transforms: [first, second = INCLUSIVE_C14N, ...more] }: SignatureReference): C14nMode {
  if (first !== ENVELOPED || more.length > 0) refuse('other transforms than expected');
  return modeOf(second);
}

const canonical = (element: XmlElement, mode: C14nMode): string => element.canonicalizeToString({ mode });

/** The enveloped-signature transform on a copy: the document as it was, without its signature. */
function withoutSignature(upo: Uint8Array, mode: C14nMode): string {
  using copy = parse(upo);
  const signature = readSignature(copy)?.signature ?? refuse('the signature is gone');
  signature.remove();
  return copy.canonicalizeToString({ mode });
}

function entriesOf(signed: string): readonly UpoEntry[] {
  using document = parse(signed);
  const { root } = document;
  const upo = root.namespaceUri;
  if (root.name !== 'Potwierdzenie' || !UPO_NAMESPACE.test(upo)) return refuse('not a UPO');
  const confirmed = root.find('upo:Dokument', { upo });
  if (confirmed.length === 0) return refuse('a UPO that confirms nothing');
  return confirmed.map((node) => ({
    ksefNumber: valueOf(node, 'NumerKSeFDokumentu', upo),
    hash: invoiceHashFromBase64(valueOf(node, 'SkrotDokumentu', upo)) ?? refuse('SkrotDokumentu is not a SHA-256'),
    ...upoMoments(optionalOf(node, 'DataPrzeslaniaDokumentu', upo), optionalOf(node, 'DataNadaniaNumeruKSeF', upo)),
  }));
}

/** One that is there once. */
function optionalOf(node: ReturnType<XmlElement['find']>[number], name: string, upo: string): string | undefined {
  const [only, ...more] = node.find(`upo:${name}`, { upo });
  return more.length === 0 ? only?.content : undefined;
}

function valueOf(node: ReturnType<XmlElement['find']>[number], name: string, upo: string): string {
  const [only, ...more] = node.find(`upo:${name}`, { upo });
  if (only === undefined || more.length > 0) return refuse(`${name} is missing or repeated`);
  return only.content.trim();
}
