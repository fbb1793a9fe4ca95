import type { CertificateSerial } from '../certificate/certificate.js';
import { hashToBase64Url, type InvoiceHash } from '../invoice/invoice-hash.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Nip } from '../party/nip.js';
import { toBase64Url } from '../shared/base64.js';
import type { Brand } from '../shared/brand.js';
import { VERIFICATION_HOSTS, type KsefEnvironment } from './environment.js';

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
