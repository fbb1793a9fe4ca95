import { hashToBase64, sameHash } from '../invoice/invoice-hash.js';
import type { Invoice } from '../invoice/invoice.js';
import type { AnsweredInvoice } from '../tracking/session-rows.port.js';
import { findItsSession, sameNumberInKsef } from './find-in-ksef.js';
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
 * original itself by its number (64 an hour); KSeF's search by seller and number (20 an hour). A session is believed to
 * hold an original only when its list shows it; otherwise it is looked for among those of that time.
 *
 * @param answered the earliest deadline first
 * @throws KsefThrottledError, KsefUnreachableError, KsefLoginError: go on later with what is left
 */
export async function* resolveDuplicates(
  reader: SessionReader,
  access: KsefAccess,
  answered: readonly AnsweredInvoice[],
): AsyncGenerator<ResolvedDuplicate> {
  const lists = new AcceptedLists(reader, access);
  const left = new Set(answered);
  for (const [named, group] of bySessionNamed(answered)) {
    if (group.length < LIST_PAYS_FROM) continue;
    await lists.read(named);
    for (const duplicate of group) {
      const original = lists.find(duplicate);
      if (original === undefined) continue;
      left.delete(duplicate);
      yield judgeDuplicate(duplicate.invoice, duplicate.row, original);
    }
  }
  for (const duplicate of left) {
    const original = lists.find(duplicate) ?? (await readOriginal(reader, access, lists, duplicate));
    yield judgeDuplicate(duplicate.invoice, duplicate.row, original);
  }
}

/** What became of a single duplicate, in the same way. */
export async function resolveDuplicate(
  reader: SessionReader,
  access: KsefAccess,
  answered: AnsweredInvoice,
): Promise<ResolvedDuplicate> {
  for await (const resolved of resolveDuplicates(reader, access, [answered])) return resolved;
  throw new Error(`invoice ${answered.invoice.id}: a duplicate came to nothing`);
}

/** Accepted rows of sessions, each read once. */
class AcceptedLists {
  readonly #read = new Map<SessionReference, ReadonlyMap<string, SessionInvoice>>();

  constructor(
    private readonly reader: SessionReader,
    private readonly access: KsefAccess,
  ) {}

  /** Nothing is in it when this context does not know the session. */
  async read(session: SessionReference): Promise<void> {
    if (this.#read.has(session)) return;
    const accepted = new Map<string, SessionInvoice>();
    if ((await this.reader.status(this.access, session)) !== undefined) {
      for await (const row of sessionInvoices(this.reader, this.access, session)) {
        if (row.code === ACCEPTED) accepted.set(hashToBase64(row.hash), row);
      }
    }
    this.#read.set(session, accepted);
  }

  /** Our own bytes, with their number, in a session that was read. */
  find(duplicate: AnsweredInvoice): Original | undefined {
    const key = hashToBase64(duplicate.invoice.hash);
    for (const [session, accepted] of this.#read) {
      const row = accepted.get(key);
      if (row?.ksefNumber === undefined || contradicts(duplicate, row.ksefNumber)) continue;
      return { ksefNumber: row.ksefNumber, hash: row.hash, held: { session, row } };
    }
    return undefined;
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

const contradicts = ({ row }: AnsweredInvoice, ksefNumber: string): boolean =>
  row.originalKsefNumber !== undefined && row.originalKsefNumber !== ksefNumber;

async function readOriginal(
  reader: SessionReader,
  access: KsefAccess,
  lists: AcceptedLists,
  duplicate: AnsweredInvoice,
): Promise<Original | undefined> {
  const { invoice, row } = duplicate;
  const { originalKsefNumber: named, originalSession } = row;
  const hash = named === undefined ? undefined : await reader.hashOf(access, named);
  if (named !== undefined && hash !== undefined) {
    if (!sameHash(hash, invoice.hash)) return { ksefNumber: named, hash };
    if (originalSession !== undefined) await lists.read(originalSession);
    return lists.find(duplicate) ?? (await wherever(reader, access, lists, duplicate)) ?? { ksefNumber: named, hash };
  }
  if (originalSession !== undefined) await lists.read(originalSession);
  return lists.find(duplicate) ?? (await wherever(reader, access, lists, duplicate));
}

/** By seller, kind and number; our own with the session that its list proves to hold it. */
async function wherever(
  reader: SessionReader,
  access: KsefAccess,
  lists: AcceptedLists,
  duplicate: AnsweredInvoice,
): Promise<Original | undefined> {
  const { invoice } = duplicate;
  const found = await sameNumberInKsef(reader, access, invoice.facts);
  const candidates = found.filter(({ ksefNumber }) => !contradicts(duplicate, ksefNumber));
  const own = candidates.find(({ hash }) => sameHash(hash, invoice.hash));
  if (own === undefined) return candidates[0] && { ksefNumber: candidates[0].ksefNumber, hash: candidates[0].hash };
  const held = await findItsSession(reader, access, own);
  if (held === undefined) return { ksefNumber: own.ksefNumber, hash: own.hash };
  // Others may be in it as well.
  await lists.read(held.session);
  return { ksefNumber: own.ksefNumber, hash: own.hash, held };
}
