import { parseCertificateSerial, type CertificateSerial } from '../certificate/certificate.js';
import { hashToBase64Url, type InvoiceHash } from '../invoice/invoice-hash.js';
import { parseContextIdentifier, type ContextIdentifier } from '../party/context-identifier.js';
import { parseNip, type Nip } from '../party/nip.js';
import { toBase64Url } from '../shared/base64.js';
import type { Brand } from '../shared/brand.js';
import { ok, type Result } from '../shared/result.js';
import { fromBase64Url } from './base64-url.js';
import { VERIFICATION_HOSTS, type KsefEnvironment } from './environment.js';
import { environmentOf, hashOfLink, malformed, partsOfLink, type MalformedLink } from './verification-link.js';

/** The link of KOD II: proves who issued the invoice, by a signature of the KSeF certificate of type Offline. */
export type KodII = Brand<string, 'KodII'>;
/** What is signed: the link without `https://` and without the signature; ASCII. */
export type UnsignedKodII = Brand<string, 'UnsignedKodII'>;

export interface KodIIInput {
  readonly environment: KsefEnvironment;
  /** The context we log in with; may differ from the seller (self-billing, VAT groups). */
  readonly context: ContextIdentifier;
  readonly sellerNip: Nip;
  readonly certificateSerial: CertificateSerial;
  readonly hash: InvoiceHash;
}

/** `{host}/certificate/{ctxType}/{ctxValue}/{sellerNip}/{certSerial}/{hash}` (ksef-docs kody-qr.md). */
export function unsignedKodII(input: KodIIInput): UnsignedKodII {
  const { environment, context, sellerNip, certificateSerial, hash } = input;
  const path = ['certificate', context.type, context.value, sellerNip, certificateSerial, hashToBase64Url(hash)];
  return `${VERIFICATION_HOSTS[environment]}/${path.join('/')}` as UnsignedKodII;
}

/** @param signature RSA-PSS bytes, or ECDSA as r and s of 32 bytes each (IEEE P1363) */
export function kodII(unsigned: UnsignedKodII, signature: Uint8Array): KodII {
  return `https://${unsigned}/${toBase64Url(signature)}` as KodII;
}

/** A link of KOD II taken apart. */
export interface KodIIParts extends KodIIInput {
  /** What the signature is over. */
  readonly unsigned: UnsignedKodII;
  /** RSA-PSS bytes, or ECDSA in IEEE P1363 or DER form; nothing was verified yet. */
  readonly signature: Uint8Array;
}

/** Reads a link of KOD II; what `kodII` writes and nothing else. The signature is not verified: see `CodeVerifier`. */
export function parseKodII(link: string): Result<KodIIParts, MalformedLink> {
  const parts = partsOfLink(link, 'certificate', 8);
  if (parts === undefined) return malformed('form');
  const input = inputOf(parts);
  if (!input.ok) return input;
  const signature = fromBase64Url(parts[7] ?? '');
  if (signature === undefined) return malformed('signature');
  return ok({ ...input.value, unsigned: unsignedKodII(input.value), signature });
}

/** What is signed, of the parts of a link. */
function inputOf(parts: readonly string[]): Result<KodIIInput, MalformedLink> {
  const [host, , contextType = '', contextValue = '', seller = '', serial = '', hashText] = parts;
  const environment = environmentOf(host);
  if (environment === undefined) return malformed('host');
  const context = parseContextIdentifier(contextType, contextValue);
  if (!context.ok) return malformed('context');
  const sellerNip = parseNip(seller);
  if (!sellerNip.ok) return malformed('seller');
  const certificateSerial = parseCertificateSerial(serial);
  if (!certificateSerial.ok) return malformed('certificate-serial');
  const hash = hashOfLink(hashText);
  if (hash === undefined) return malformed('hash');
  return ok({
    environment,
    context: context.value,
    sellerNip: sellerNip.value,
    certificateSerial: certificateSerial.value,
    hash,
  });
}
