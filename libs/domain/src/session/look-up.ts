import { sameHash, type InvoiceHash } from '../invoice/invoice-hash.js';
import { compareRows } from '../tracking/session-rows.port.js';
import type { KsefAccess } from './ksef-access.js';
import { sessionInvoices } from './session-invoices.js';
import type { SessionInvoice, SessionReader, SessionStatus } from './session-reader.port.js';
import type { SessionReference } from './session-reference.js';

const ACCEPTED = 200;
/** From here on a session has its final code: nothing can be posted into it, and everything in it is listed. */
export const FIRST_FINAL_CODE = 200;

/** What reading a session told of one document. */
export type LookUp =
  | { readonly kind: 'found'; readonly row: SessionInvoice }
  /** Proven: the session had its final code before its list was read, and the list is whole and does not have it. */
  | { readonly kind: 'absent' }
  /** The session may still get it. Without a status KSeF does not know the session. */
  | { readonly kind: 'not-told'; readonly status: SessionStatus | undefined };

/**
 * Looks for a document in a session by its hash (reliability R3). The status is read before the list: a document that
 * came between the two is then still found, and never taken for absent.
 * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError
 */
export async function lookUpByHash(
  reader: SessionReader,
  access: KsefAccess,
  session: SessionReference,
  hash: InvoiceHash,
): Promise<LookUp> {
  const status = await reader.status(access, session);
  if (status === undefined) return { kind: 'not-told', status };
  let rows = 0;
  let found: SessionInvoice | undefined;
  for await (const row of sessionInvoices(reader, access, session)) {
    rows += 1;
    if (sameHash(row.hash, hash)) found = firstOf(found, row);
    if (found?.code === ACCEPTED) break;
  }
  if (found !== undefined) return { kind: 'found', row: found };
  const isWhole = rows >= (status.invoiceCount ?? 0);
  return status.code >= FIRST_FINAL_CODE && isWhole ? { kind: 'absent' } : { kind: 'not-told', status };
}

/** Sent twice, it is listed twice: an accepted row counts before its own duplicate. */
const firstOf = (found: SessionInvoice | undefined, row: SessionInvoice): SessionInvoice =>
  found === undefined || compareRows(row, found) < 0 ? row : found;
