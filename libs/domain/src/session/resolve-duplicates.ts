import { hashToBase64 } from '../invoice/invoice-hash.js';
import type { Invoice } from '../invoice/invoice.js';
import type { AnsweredInvoice } from '../tracking/session-rows.port.js';
import type { KsefAccess } from './ksef-access.js';
import { judgeDuplicate, type Original } from './reconcile-invoice.js';
import { sessionInvoices } from './session-invoices.js';
import type { SessionInvoice, SessionReader } from './session-reader.port.js';
import type { SessionReference } from './session-reference.js';

/** From so many duplicates of one session on, its list is read instead of each original. */
const LIST_PAYS_FROM = 2;
const ACCEPTED = 200;

/** What a duplicate came to; given out as soon as it is known, so that a limit reached later loses nothing. */
export type ResolvedDuplicate = Invoice;

/**
 * Finds out whether what KSeF calls duplicates (440) are our own bytes, delivered before (reliability C34). A 440 has no
 * hash in it, and the session it names may be a wrong one, or its number be missing. So, in this order and in that of the
 * invoices given: the list of the session it names, which tells number and hash of up to 1,000 invoices a call; the
 * original itself by its number (64 an hour); KSeF's search by seller and number (20 an hour).
 *
 * @param answered the earliest deadline first
 * @throws KsefThrottledError, KsefUnreachableError, KsefLoginError: go on later with what is left
 */
export async function* resolveDuplicates(
  reader: SessionReader,
  access: KsefAccess,
  session: SessionReference,
  answered: readonly AnsweredInvoice[],
): AsyncGenerator<ResolvedDuplicate> {
  const left = new Set(answered);
  for (const [named, group] of bySessionNamed(answered)) {
    if (group.length < LIST_PAYS_FROM) continue;
    const accepted = await acceptedIn(reader, access, named);
    for (const duplicate of group) {
      const row = accepted.get(hashToBase64(duplicate.invoice.hash));
      if (row?.ksefNumber === undefined || contradicts(duplicate, row.ksefNumber)) continue;
      left.delete(duplicate);
      const original: Original = { ksefNumber: row.ksefNumber, hash: row.hash, row, session: named };
      yield judgeDuplicate(duplicate.invoice, duplicate.row, session, original);
    }
  }
  for (const duplicate of left) {
    const original = await readOriginal(reader, access, duplicate);
    yield judgeDuplicate(duplicate.invoice, duplicate.row, session, original);
  }
}

function bySessionNamed(answered: readonly AnsweredInvoice[]): ReadonlyMap<SessionReference, AnsweredInvoice[]> {
  const groups = new Map<SessionReference, AnsweredInvoice[]>();
  for (const duplicate of answered) {
    const named = duplicate.row.originalSession;
    if (named === undefined) continue;
    const group = groups.get(named);
    if (group === undefined) groups.set(named, [duplicate]);
    else group.push(duplicate);
  }
  return groups;
}

/** Accepted rows by hash; none when this context does not know the session. */
async function acceptedIn(
  reader: SessionReader,
  access: KsefAccess,
  session: SessionReference,
): Promise<ReadonlyMap<string, SessionInvoice>> {
  const accepted = new Map<string, SessionInvoice>();
  if ((await reader.status(access, session)) === undefined) return accepted;
  for await (const row of sessionInvoices(reader, access, session)) {
    if (row.code === ACCEPTED) accepted.set(hashToBase64(row.hash), row);
  }
  return accepted;
}

const contradicts = ({ row }: AnsweredInvoice, ksefNumber: string): boolean =>
  row.originalKsefNumber !== undefined && row.originalKsefNumber !== ksefNumber;

async function readOriginal(
  reader: SessionReader,
  access: KsefAccess,
  { invoice, row }: AnsweredInvoice,
): Promise<Original | undefined> {
  const { originalKsefNumber: named } = row;
  const hash = named === undefined ? undefined : await reader.hashOf(access, named);
  if (named !== undefined && hash !== undefined) return { ksefNumber: named, hash };
  const found = await reader.findByNumber(access, invoice.facts);
  const candidates = named === undefined ? found : found.filter(({ ksefNumber }) => ksefNumber === named);
  const own = candidates.find((candidate) => hashToBase64(candidate.hash) === hashToBase64(invoice.hash));
  return own ?? candidates[0];
}
