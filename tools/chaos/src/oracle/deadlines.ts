import { addBusinessDays, warsawDayOf } from './business-days.js';
import type { Change, Evidence, InvoiceRow } from './evidence.js';
import { changesOf } from './history.js';
import { Check, type Finding } from './verdict.js';

/** A recalculation that ended so long after a message has seen it: runs look again before they end. */
const SETTLING_MS = 6_000;
/** Closer to the announced end than that, nothing is asserted: it is stated in whole seconds. */
const EDGE_MS = 1_500;
/** Warnings are looked for every second; slower is no breach on a busy machine. */
const WARNING_MS = 15_000;
/** LATARNIK_ALERT_HOURS of every run begins with it. */
const FIRST_ALERT_HOURS = 168;
const EMERGENCY_BUSINESS_DAYS = 7;
const SENT = new Set(['accepted', 'complete']);

interface Waiting {
  readonly row: InvoiceRow;
  readonly issuedAt: number;
  /** When KSeF's number was stored. */
  readonly until: number;
}

/** I5: each deadline is the one that the law gives, computed here anew; what comes near has its warning. */
export function deadlinesAreRight(evidence: Evidence): Finding {
  const check = new Check('I5');
  const alerts = new Set(evidence.alerts.map(({ invoice_id: id, due_at: at }) => `${id} ${String(at.getTime())}`));
  for (const waiting of waitingOf(evidence)) {
    const { row } = waiting;
    check.that(row.term_kind !== null, () => `${row.id}: no deadline`);
    const expected = expectedDay(waiting, evidence);
    if (expected === undefined) continue;
    const found = row.term_ends_at === null ? (row.term_kind ?? 'none') : warsawDayOf(row.term_ends_at);
    check.that(found === expected, () => `${row.id} (${row.mode ?? ''}): due ${found}, by law ${expected}`);
    if (evidence.outage?.announced !== true) warned(check, waiting, alerts);
  }
  return check.finding;
}

function waitingOf({ invoices, changes }: Evidence): readonly Waiting[] {
  const histories = changesOf(changes, 'invoice');
  return invoices
    .filter(({ kod_ii: code }) => code !== null)
    .map((row) => {
      const history = histories.get(row.id) ?? [];
      const sent = history.find(({ after }) => SENT.has(String(after['state'])));
      return { row, issuedAt: offlineSince(history), until: sent?.at.getTime() ?? Infinity };
    });
}

const offlineSince = (history: readonly Change[]): number =>
  history.find(({ after }) => after['kod_ii'] !== null)?.at.getTime() ?? Infinity;

/** @returns `undefined` where it hangs on seconds which message came first */
function expectedDay(waiting: Waiting, evidence: Evidence): string | undefined {
  const { row, until } = waiting;
  const { outage } = evidence;
  const ordinary = addBusinessDays(row.issue_date, 1);
  const isPlain = row.mode === 'offline24';
  if (outage?.announced !== true) return isPlain ? ordinary : undefined;
  if (isPlain && until < outage.beganAt - 60_000) return ordinary;
  if (!isTold(waiting, evidence)) return undefined;
  return dayByFailure(row, outage.endedAt, ordinary);
}

function dayByFailure({ mode, issued_at: at }: InvoiceRow, endedAt: number, ordinary: string): string | undefined {
  const afterTheEndMs = (at?.getTime() ?? 0) - endedAt;
  if (Math.abs(afterTheEndMs) < EDGE_MS) return undefined;
  // Issued by the knowledge of a failure that had ended: an ordinary term, whatever it was declared as.
  if (mode === 'emergency' && afterTheEndMs > 0) return ordinary;
  return addBusinessDays(warsawDayOf(new Date(endedAt)), EMERGENCY_BUSINESS_DAYS);
}

/** Whether the failure surely concerns it, and its end was known while it waited. */
function isTold({ row, issuedAt, until }: Waiting, evidence: Evidence): boolean {
  const { bulletinsAt } = evidence;
  const isCaught = row.mode === 'emergency' || issuedAt < Math.min(...bulletinsAt) - SETTLING_MS / 2;
  return isCaught && hasHadTime(row, Math.max(...bulletinsAt), until, evidence);
}

function warned(check: Check, { row, issuedAt, until }: Waiting, alerts: ReadonlySet<string>): void {
  if (row.term_kind !== 'due' || row.term_ends_at === null || until - issuedAt < WARNING_MS) return;
  const due = row.term_ends_at.getTime();
  if (due - issuedAt > FIRST_ALERT_HOURS * 3_600_000) return;
  check.that(
    alerts.has(`${row.id} ${String(due)}`),
    () => `${row.id}: waited ${((until - issuedAt) / 1000).toFixed(0)} s with its deadline near, and nobody was warned`,
  );
}

/** Whether deadlines were derived anew between two moments, and some seconds passed. */
function hasHadTime(
  { tenant_id: tenant }: InvoiceRow,
  from: number,
  until: number,
  { recalculatedAt }: Evidence,
): boolean {
  return (recalculatedAt.get(tenant) ?? []).some((at) => at > from && at < until) && until - from >= SETTLING_MS;
}
