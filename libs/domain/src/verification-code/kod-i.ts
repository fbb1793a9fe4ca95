import { hashToBase64Url, type InvoiceHash } from '../invoice/invoice-hash.js';
import { parseNip, type Nip } from '../party/nip.js';
import type { Brand } from '../shared/brand.js';
import { Temporal, type PlainDate } from '../shared/instant.js';
import { ok, type Result } from '../shared/result.js';
import { VERIFICATION_HOSTS, type KsefEnvironment } from './environment.js';
import { environmentOf, hashOfLink, malformed, partsOfLink, type MalformedLink } from './verification-link.js';

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

/** Reads a link of KOD I; what `kodI` writes and nothing else. */
export function parseKodI(link: string): Result<KodIInput, MalformedLink> {
  const parts = partsOfLink(link, 'invoice', 5);
  if (parts === undefined) return malformed('form');
  const [host, , seller = '', date = '', hashText] = parts;
  const environment = environmentOf(host);
  if (environment === undefined) return malformed('host');
  const sellerNip = parseNip(seller);
  if (!sellerNip.ok) return malformed('seller');
  const issueDate = issueDateOf(date);
  if (issueDate === undefined) return malformed('issue-date');
  const hash = hashOfLink(hashText);
  if (hash === undefined) return malformed('hash');
  return ok({ environment, sellerNip: sellerNip.value, issueDate, hash });
}

/** `DD-MM-YYYY`, a day that the calendar has. */
function issueDateOf(text: string): PlainDate | undefined {
  const [, day, month, year] = /^(\d{2})-(\d{2})-(\d{4})$/.exec(text) ?? [];
  if (day === undefined || month === undefined || year === undefined) return undefined;
  try {
    return Temporal.PlainDate.from(`${year}-${month}-${day}`);
  } catch {
    return undefined;
  }
}
