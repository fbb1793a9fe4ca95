import type { WitnessedInvoice, WitnessedSession } from '../world/ksef.js';
import type { Change, Evidence } from './evidence.js';
import { groupBy } from './issued.js';
import { Check, type Finding } from './verdict.js';

interface Attempt {
  readonly session: WitnessedSession;
  readonly invoice: WitnessedInvoice;
}

const ACCEPTED = 200;
const DUPLICATE = 440;

/** Sessions that the simulator itself doubled: their duplicates are nobody's fault. */
function doubledByKsef({ faults, sessions }: Evidence): ReadonlySet<string> {
  const named = new Set(faults.filter(({ kind }) => kind === 'process-twice').map(({ endpoint }) => endpoint));
  const moments = new Set(
    sessions.filter(({ referenceNumber }) => named.has(referenceNumber)).map(({ createdAt }) => createdAt),
  );
  return new Set(
    sessions.filter(({ createdAt }) => moments.has(createdAt)).map(({ referenceNumber }) => referenceNumber),
  );
}

/**
 * I2, KSeF's side: one content per number; and the same bytes are offered again only after every earlier offer was
 * finally refused (reliability R3, R4).
 */
export function nothingIsSentTwice(evidence: Evidence): Finding {
  const check = new Check('I2');
  for (const [number, entries] of groupBy(
    evidence.accepted,
    (it) => `${it.sellerNip} ${it.kind} ${it.invoiceNumber}`,
  )) {
    check.that(entries.length === 1, () => `${number}: accepted ${String(entries.length)} times`);
  }
  for (const [hash, entries] of groupBy(evidence.accepted, ({ invoiceHash }) => invoiceHash)) {
    check.that(entries.length === 1, () => `${hash}: accepted ${String(entries.length)} times`);
  }
  const excused = doubledByKsef(evidence);
  const attempts = evidence.sessions
    .filter(({ referenceNumber }) => !excused.has(referenceNumber))
    .flatMap((session) => session.invoices.map((invoice): Attempt => ({ session, invoice })));
  for (const [hash, offers] of groupBy(attempts, ({ invoice }) => invoice.invoiceHash)) {
    const inTurn = [...offers].sort((a, b) => a.session.createdAt.localeCompare(b.session.createdAt));
    check.that(
      inTurn.every((offer, at) => inTurn.slice(0, at).every((earlier) => wasOver(earlier, offer))),
      () => `${hash}: offered again in ${inTurn.map(({ session }) => session.referenceNumber).join(', ')}`,
    );
  }
  return check.finding;
}

function wasOver(earlier: Attempt, later: Attempt): boolean {
  const { code } = earlier.invoice;
  if (code === ACCEPTED || code === DUPLICATE || code < ACCEPTED) return false;
  // A single invoice has its own final word, however long its interactive session stays open after it.
  return earlier.session.type === 'Online' || earlier.session.updatedAt <= later.session.createdAt;
}

/** I4: what was in a session is what its batch held, no invoice more, none less, none other. */
export function sessionsHoldTheirBatches(evidence: Evidence): Finding {
  const check = new Check('I4');
  const meant = meantForSessions(evidence);
  for (const { referenceNumber, type, invoices } of evidence.sessions) {
    const planned = meant.get(referenceNumber);
    if (type !== 'Batch' || planned === undefined || invoices.length === 0) continue;
    const found = new Set(invoices.map(({ invoiceHash }) => invoiceHash));
    const missing = [...planned].filter((hash) => !found.has(hash));
    const strange = [...found].filter((hash) => !planned.has(hash));
    check.that(
      missing.length + strange.length === 0,
      () => `session ${referenceNumber}: lacks [${missing.join(', ')}], has besides [${strange.join(', ')}]`,
    );
  }
  return check.finding;
}

/** The hashes of the invoices that entered each batch session, by our own history. */
function meantForSessions({ invoices, changes }: Evidence): ReadonlyMap<string, ReadonlySet<string>> {
  const hashOf = new Map(invoices.map(({ id, sha256 }) => [id, sha256]));
  const meant = new Map<string, Set<string>>();
  for (const change of changes) {
    const reference = change.after['session_reference'];
    if (!entersBatchSession(change) || typeof reference !== 'string') continue;
    const hashes = meant.get(reference) ?? new Set();
    meant.set(reference, hashes.add(hashOf.get(change.id) ?? change.id));
  }
  return meant;
}

const entersBatchSession = ({ relation, before, after }: Change): boolean =>
  relation === 'invoice' &&
  after['state'] === 'in-session' &&
  after['channel'] === 'batch' &&
  before?.['session_reference'] !== after['session_reference'];

/** I4, I7, I11: what the simulator saw a client do that none may. */
export function nothingForbiddenWasDone({ violations }: Evidence): Finding {
  const check = new Check('I4');
  check.that(violations.length === 0, () => `KSeF saw ${JSON.stringify(violations)}`);
  return check.finding;
}
