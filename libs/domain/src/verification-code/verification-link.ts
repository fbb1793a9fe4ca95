import { invoiceHashFromBytes, type InvoiceHash } from '../invoice/invoice-hash.js';
import { err, type Result } from '../shared/result.js';
import { fromBase64Url } from './base64-url.js';
import { KSEF_ENVIRONMENTS, VERIFICATION_HOSTS, type KsefEnvironment } from './environment.js';

/** Not a verification link as KSeF defines it; `part` is the first that is wrong. */
export interface MalformedLink {
  readonly code: 'MALFORMED_LINK';
  readonly part: 'form' | 'host' | 'context' | 'seller' | 'issue-date' | 'certificate-serial' | 'hash' | 'signature';
}

export const malformed = (part: MalformedLink['part']): Result<never, MalformedLink> =>
  err({ code: 'MALFORMED_LINK', part });

/**
 * The parts of a link between its slashes, host first; `undefined` unless it is `https://`, so many parts, none of them
 * empty, and nothing else: no port, query, fragment, escape or trailing slash.
 */
export function partsOfLink(
  link: string,
  kind: 'invoice' | 'certificate',
  count: number,
): readonly string[] | undefined {
  if (!/^https:\/\/[A-Za-z0-9./_*+-]+$/.test(link)) return undefined;
  const parts = link.slice('https://'.length).split('/');
  return parts.length === count && parts[1] === kind && !parts.includes('') ? parts : undefined;
}

/** The environment that a host of verification links belongs to (domain rules 3.1). */
export const environmentOf = (host: string | undefined): KsefEnvironment | undefined =>
  KSEF_ENVIRONMENTS.find((environment) => VERIFICATION_HOSTS[environment] === host);

export function hashOfLink(text: string | undefined): InvoiceHash | undefined {
  const bytes = fromBase64Url(text ?? '');
  return bytes?.length === 32 ? invoiceHashFromBytes(bytes) : undefined;
}
