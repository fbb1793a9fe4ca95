import type { InvoiceFacts } from '../invoice/invoice-facts.js';
import { sameHash, type InvoiceHash } from '../invoice/invoice-hash.js';
import { reactionTo } from '../invoice/ksef-invoice-status.js';
import type { KsefAccess } from './ksef-access.js';
import { FIRST_FINAL_CODE, lookUpByHash, type LookUp } from './look-up.js';
import { sessionInvoices } from './session-invoices.js';
import type { InvoiceInKsef, SessionInvoice, SessionReader } from './session-reader.port.js';
import type { SessionReference } from './session-reference.js';

/** A session lives so long: an invoice accepted now was posted into one opened since (domain rules 8.2). */
const LONGEST_SESSION_HOURS = 13;
/** Sessions of a period whose lists are read to find one invoice: KSeF gives 200 pages an hour (domain rules 8.1). */
const MOST_SESSIONS_READ = 30;
const ACCEPTED = 200;
const DUPLICATE = 440;

/** A file that may have reached KSeF, and where. */
export interface SoughtFile {
  readonly hash: InvoiceHash;
  /** Every session that it was, or may have been, sent in. */
  readonly sessions: readonly SessionReference[];
  /** KSeF gave a reference for it. */
  readonly isConfirmed?: boolean;
}

/** What reading told of some files of one invoice. */
export type Whereabouts<F extends SoughtFile = SoughtFile> =
  /** KSeF accepted this file, in this session. */
  | { readonly kind: 'accepted'; readonly file: F; readonly session: SessionReference; readonly row: SessionInvoice }
  /** KSeF holds this file, by its hash; in which session was not found. */
  | { readonly kind: 'numbered'; readonly file: F; readonly ksefNumber: string }
  /** It may still be taken, or nobody can tell. */
  | { readonly kind: 'open'; readonly reason: string }
  /** KSeF holds something else under this seller, kind and number: it takes none of these files any more. */
  | { readonly kind: 'other'; readonly ksefNumber: string; readonly row?: SessionInvoice }
  /** KSeF's last word on the file that was looked at last was a no, and it is not in KSeF by another way. */
  | { readonly kind: 'refused'; readonly file: F; readonly session: SessionReference; readonly row: SessionInvoice }
  /** KSeF surely has none of them: proven by final lists, and by its own search for the number. */
  | { readonly kind: 'absent' };

export interface Sought<F extends SoughtFile = SoughtFile> {
  readonly facts: Pick<InvoiceFacts, 'sellerNip' | 'number' | 'issueDate' | 'kind'>;
  /** Oldest first. */
  readonly files: readonly F[];
  /**
   * Whether so long has passed since the last of them was sent that KSeF's lists are no longer behind: then a session that
   * KSeF does not know has ended (reliability C22), and a search that finds nothing is believed.
   */
  readonly isLongAgo: boolean;
}

/**
 * Looks wherever KSeF can be asked before anything is decided about files of unknown outcome (reliability R3): by hash in
 * the sessions they were sent in, by seller, kind and number in KSeF's search, and by number where a refusal names one.
 * Nothing is sent.
 * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError: nothing is known
 */
export async function findInKsef<F extends SoughtFile>(
  reader: SessionReader,
  access: KsefAccess,
  sought: Sought<F>,
): Promise<Whereabouts<F>> {
  const seen = await lookIntoSessions(reader, access, sought);
  if (seen.accepted !== undefined) return seen.accepted;
  const known = await sameNumberInKsef(reader, access, sought.facts);
  for (const each of known) {
    const file = sought.files.find(({ hash }) => sameHash(hash, each.hash));
    if (file !== undefined) return inItsSession(reader, access, file, each);
  }
  if (seen.open !== undefined) return { kind: 'open', reason: seen.open };
  const [other] = known;
  const row = seen.refused?.row;
  if (other !== undefined)
    return { kind: 'other', ksefNumber: other.ksefNumber, ...(row === undefined ? {} : { row }) };
  if (seen.refused === undefined) return { kind: 'absent' };
  return byNumberNamed(reader, access, sought, seen.refused);
}

/** The invoices that KSeF holds under this seller, kind and number: those its rule against duplicates is about. */
export async function sameNumberInKsef(
  reader: SessionReader,
  access: KsefAccess,
  facts: Sought['facts'],
): Promise<readonly InvoiceInKsef[]> {
  const found = await reader.findByNumber(access, facts);
  return found.filter(({ kind }) => kind === undefined || kind === facts.kind);
}

/** The accepted row of a file in a session; `undefined` when this context does not know the session, or it has none. */
export async function acceptedRow(
  reader: SessionReader,
  access: KsefAccess,
  session: SessionReference,
  hash: InvoiceHash,
): Promise<SessionInvoice | undefined> {
  if ((await reader.status(access, session)) === undefined) return undefined;
  for await (const row of sessionInvoices(reader, access, session)) {
    if (row.code === ACCEPTED && sameHash(row.hash, hash)) return row;
  }
  return undefined;
}

/**
 * The session that brought an invoice in, where its own reference is unknown or proved to be wrong: among those that were
 * open when KSeF took it. What KSeF calls the session of a duplicate may be a wrong one (reliability C34).
 */
export async function findItsSession(
  reader: SessionReader,
  access: KsefAccess,
  { hash, invoicingDate }: Pick<InvoiceInKsef, 'hash' | 'invoicingDate'>,
): Promise<{ readonly session: SessionReference; readonly row: SessionInvoice } | undefined> {
  const to = invoicingDate.add({ seconds: 1 });
  const from = invoicingDate.subtract({ hours: LONGEST_SESSION_HOURS });
  for (const kind of ['interactive', 'batch'] as const) {
    const listed = await reader.sessionsOpened(access, kind, from, to);
    for (const { reference } of listed.filter(({ invoiceCount }) => invoiceCount > 0).slice(0, MOST_SESSIONS_READ)) {
      const row = await acceptedRow(reader, access, reference, hash);
      if (row !== undefined) return { session: reference, row };
    }
  }
  return undefined;
}

async function inItsSession<F extends SoughtFile>(
  reader: SessionReader,
  access: KsefAccess,
  file: F,
  known: InvoiceInKsef,
): Promise<Whereabouts<F>> {
  const held = await findItsSession(reader, access, known);
  return held === undefined
    ? { kind: 'numbered', file, ksefNumber: known.ksefNumber }
    : { kind: 'accepted', file, ...held };
}

interface Seen<F extends SoughtFile> {
  readonly accepted?: Extract<Whereabouts<F>, { kind: 'accepted' }>;
  readonly refused?: Extract<Whereabouts<F>, { kind: 'refused' }>;
  readonly open?: string;
}

async function lookIntoSessions<F extends SoughtFile>(
  reader: SessionReader,
  access: KsefAccess,
  { files, isLongAgo }: Sought<F>,
): Promise<Seen<F>> {
  let refused: Seen<F>['refused'];
  let open: string | undefined;
  for (const file of files) {
    for (const session of file.sessions) {
      const told = await lookUpByHash(reader, access, session, file.hash);
      if (told.kind !== 'found') {
        open ??= whyOpen(told, file, isLongAgo);
        continue;
      }
      const { row } = told;
      const { reaction } = reactionTo(row.code);
      if (reaction === 'accepted') return { accepted: { kind: 'accepted', file, session, row } };
      if (reaction === 'wait') open ??= `KSeF lists it with status ${String(row.code)}.`;
      else refused = { kind: 'refused', file, session, row };
    }
  }
  return { ...(refused === undefined ? {} : { refused }), ...(open === undefined ? {} : { open }) };
}

/** Why a file that a session does not list may be there all the same. */
function whyOpen(told: Exclude<LookUp, { kind: 'found' }>, file: SoughtFile, isLongAgo: boolean): string | undefined {
  const state = stateOf(told);
  if (isLongAgo && state !== 'running') return undefined;
  if (state === 'ended' && file.isConfirmed === true) return 'KSeF confirmed the posting and does not list it.';
  if (told.kind === 'absent') return undefined;
  return state === 'unknown'
    ? 'KSeF does not know the session that it was sent in, and may know it later.'
    : 'The session that it was sent in has not ended, or its list is behind.';
}

function stateOf(told: Exclude<LookUp, { kind: 'found' }>): 'ended' | 'running' | 'unknown' {
  if (told.kind === 'absent') return 'ended';
  if (told.status === undefined) return 'unknown';
  return told.status.code >= FIRST_FINAL_CODE ? 'ended' : 'running';
}

/** A refusal as a duplicate names the number of what is there; who may read that one knows whose it is. */
async function byNumberNamed<F extends SoughtFile>(
  reader: SessionReader,
  access: KsefAccess,
  { files }: Sought<F>,
  refused: Extract<Whereabouts<F>, { kind: 'refused' }>,
): Promise<Whereabouts<F>> {
  const { row } = refused;
  const { originalKsefNumber: ksefNumber, originalSession } = row;
  if (row.code !== DUPLICATE || ksefNumber === undefined) return refused;
  const hash = await reader.hashOf(access, ksefNumber);
  if (hash === undefined) return refused;
  const file = files.find((each) => sameHash(each.hash, hash));
  if (file === undefined) return { kind: 'other', ksefNumber, row };
  const own = originalSession === undefined ? undefined : await acceptedRow(reader, access, originalSession, hash);
  if (own === undefined || originalSession === undefined) return { kind: 'numbered', file, ksefNumber };
  return { kind: 'accepted', file, session: originalSession, row: own };
}
