import type { Change, Evidence } from './evidence.js';
import { groupBy } from './issued.js';
import { Check, type Finding } from './verdict.js';

const of = (changes: readonly Change[], relation: Change['relation']): readonly Change[] =>
  changes.filter((change) => change.relation === relation);

/** I6: whoever moves a batch on holds its lease at that moment, and the fence only rises. */
export function oneHolderAtATime({ changes, system }: Evidence): Finding {
  const check = new Check('I6');
  const pidOf = new Map(system.lives().map(({ application, pid }) => [application, pid]));
  for (const { id, process, before, after } of of(changes, 'batch')) {
    if (before === null) continue;
    check.that(Number(after['fence']) >= Number(before['fence']), () => `batch ${id}: its fence fell`);
    if (before['version'] === after['version']) continue;
    const owner = String(before['lease_owner']);
    check.that(
      owner.endsWith(`/${String(pidOf.get(process) ?? '?')}`),
      () =>
        `batch ${id}: ${process} took it from ${String(before['state'])} to ${String(after['state'])} while ${owner} held it`,
    );
  }
  return check.finding;
}

/** I9: no move outside the graph, and an audit row of the same transaction for each. */
export function movesAreDeclared({ changes, moves }: Evidence): Finding {
  const check = new Check('I9');
  const audited = new Set(of(changes, 'audit').map(({ xid, id }) => `${xid} ${id}`));
  for (const { relation, id, xid, before, after } of changes) {
    if (relation === 'audit' || before === null || before['state'] === after['state']) continue;
    const move = `${relation} ${String(before['state'])} ${String(after['state'])}`;
    check.that(moves.has(move), () => `${id}: moved outside the graph, ${move}`);
    check.that(audited.has(`${xid} ${id}`), () => `${id}: ${move} without an audit row`);
  }
  return check.finding;
}

const ISSUE = ['mode', 'mode_evidence', 'issued_at', 'kod_i', 'kod_ii', 'certificate_serial'];

/** I12: what an invoice was issued as stays; only an online issue that failed becomes an offline one, or none. */
export function issueIsFinal({ changes, invoices }: Evidence): Finding {
  const check = new Check('I12');
  for (const { id, before, after } of of(changes, 'invoice')) {
    if (before?.['mode'] == null) continue;
    const isSame = ISSUE.every((field) => JSON.stringify(before[field]) === JSON.stringify(after[field]));
    const fellBack = before['mode'] === 'online' && before['state'] !== after['state'];
    check.that(isSame || fellBack, () => `${id}: mode, basis or codes were rewritten`);
  }
  for (const { id, mode, mode_evidence: basis } of invoices) {
    if (mode !== null) check.that(basis !== null, () => `${id}: issued as ${mode} without a basis`);
  }
  return check.finding;
}

const HUMAN = new Set(['rejected', 'blocked', 'conflict', 'needs-review']);
/** Faults after which an invoice or a session may rightly end with a person. */
const REASONS_FOR_PEOPLE = new Set([
  ...['invoice-unknown-error', 'invoice-cancelled', 'package-mismatch', 'key-not-readable', 'cancel-after-close'],
  ...[
    'process-twice',
    'bare-duplicate',
    'forbidden',
    'login-blocked',
    'login-cancelled',
    'refuse',
    'rotate-keys',
    'invoice-refused',
  ],
]);

/** I10: at rest in bounded time; who waits for a person has a reason, and KSeF gave cause for it. */
export function allCameToRest({ rest, invoices, faults }: Evidence): Finding {
  const check = new Check('I10');
  check.that(
    rest.settled,
    () => `not at rest after ${rest.realSeconds.toFixed(0)} s: ${rest.open.slice(0, 10).join(', ')}`,
  );
  const hasCause = faults.some(({ kind }) => REASONS_FOR_PEOPLE.has(kind));
  for (const { id, state, refusal } of invoices) {
    if (!HUMAN.has(state)) continue;
    const advice = refusal?.advice ?? '';
    check.that(advice !== '', () => `${id}: ${state} without advice`);
    check.that(hasCause, () => `${id}: ${state}, and no fault was a cause for it: ${advice}`);
  }
  return check.finding;
}

/** Batches and invoices whose first change is an insert, by id: for those who follow one. */
export const changesOf = (changes: readonly Change[], relation: Change['relation']) =>
  groupBy(of(changes, relation), ({ id }) => id);
