import { hashToBase64Url, type InvoiceHash } from '../invoice/invoice-hash.js';
import type { Nip } from '../party/nip.js';
import type { Brand } from '../shared/brand.js';
import type { PlainDate } from '../shared/instant.js';
import { VERIFICATION_HOSTS, type KsefEnvironment } from './environment.js';

/** The link of KOD I: lets anyone check the invoice in KSeF. */
export type KodI = Brand<string, 'KodI'>;

export interface KodIInput {
  readonly environment: KsefEnvironment;
  readonly sellerNip: Nip;
  /** Field P_1. */
  readonly issueDate: PlainDate;
  readonly hash: InvoiceHash;
}

/** `https://{host}/invoice/{sellerNip}/{DD-MM-YYYY}/{hash}` (ksef-docs kody-qr.md). */
export function kodI({ environment, sellerNip, issueDate, hash }: KodIInput): KodI {
  const [year = '', month = '', day = ''] = issueDate.toString().split('-');
  return `https://${VERIFICATION_HOSTS[environment]}/invoice/${sellerNip}/${day}-${month}-${year}/${hashToBase64Url(hash)}` as KodI;
}
