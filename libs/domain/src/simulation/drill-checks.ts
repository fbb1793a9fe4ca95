import { isBefore } from '../calendar/warsaw-time.js';
import type { Certificate } from '../certificate/certificate.js';
import { deadlineFor, type Deadline } from '../deadline/deadline.js';
import { describeDeadline, subjectOf, termOf, type DueTerm } from '../deadline/due-term.js';
import { sameHash } from '../invoice/invoice-hash.js';
import { deliveredHash, type Invoice } from '../invoice/invoice.js';
import { parseKsefNumber } from '../ksef-number/ksef-number.js';
import type { LegalSituation } from '../legal-situation/legal-situation.js';
import type { Outage } from '../outage/outage.js';
import type { Instant } from '../shared/instant.js';
import { kodIFaults, kodIIFaults, kodIISignatureFaults } from '../verification-code/code-faults.js';
import type { CodeVerifier } from '../verification-code/code-verifier.port.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { UpoEntries } from './upo-entries.port.js';

/** What is looked at on every sample, by name, in the order in which it is told. */
export const DRILL_CHECKS = ['stored', 'mode', 'deadline', 'ksef-number', 'upo', 'kod-i', 'kod-ii'] as const;
export type DrillCheckName = (typeof DRILL_CHECKS)[number];

/** One check of one sample. */
export interface DrillCheck {
  readonly name: DrillCheckName;
  readonly passed: boolean;
  /** A sentence each, for an accountant; empty when it passed. */
  readonly failures: readonly string[];
}

/** A sample as it is stored. */
export interface DrillSample {
  readonly invoice: Invoice;
  /** As it was last derived and stored. */
  readonly term?: DueTerm;
  /** Its own UPO, or the page of the session's that names it. */
  readonly upo?: Uint8Array;
}

/** What samples are held against. */
export interface DrillStandard {
  readonly environment: KsefEnvironment;
  readonly situation: LegalSituation;
  /** The outage that the drill made, from its own record. */
  readonly outage: Outage;
  readonly certificates: readonly Certificate[];
  readonly verifier: CodeVerifier;
  readonly upos: UpoEntries;
  /** Whether another sample has this number too. */
  readonly isShared: (ksefNumber: string) => boolean;
}

/** Every check of one sample. */
export function checksOf(sample: DrillSample, standard: DrillStandard): readonly DrillCheck[] {
  const { invoice } = sample;
  return [
    check('stored', []),
    check('mode', modeFailures(invoice)),
    check('deadline', deadlineFailures(sample, standard)),
    check('ksef-number', numberFailures(invoice, standard)),
    check('upo', upoFailures(sample, standard)),
    check('kod-i', kodIFailures(invoice, standard)),
    check('kod-ii', kodIIFailures(invoice, standard)),
  ];
}

const check = (name: DrillCheckName, failures: readonly string[]): DrillCheck => ({
  name,
  passed: failures.length === 0,
  failures,
});

/** All there is to say of a sample that was lost. */
export const notThere: DrillCheck = check('stored', ['There is no such invoice any more.']);

function modeFailures(invoice: Invoice): readonly string[] {
  if (!('issue' in invoice)) return ['It was not issued.'];
  const { mode } = invoice.issue;
  return mode === 'emergency' ? [] : [`It was issued as "${mode}": the outage had ended before.`];
}

/**
 * There is a deadline, it is the one that follows from the outage as the drill made it, and the sending kept it. What is
 * expected comes from the drill's own record, not from the messages that the product read.
 */
function deadlineFailures({ invoice, term }: DrillSample, { situation, outage }: DrillStandard): readonly string[] {
  const subject = subjectOf(invoice);
  if (term === undefined || subject === undefined) return ['It has no deadline.'];
  const { calendar, rules } = situation.law;
  const expected = deadlineFor(subject, [outage], calendar, rules);
  // What people are shown: of an invoice that KSeF has, the term is derived when it is read.
  const shown = ('acceptance' in invoice ? termOf(invoice, situation) : term)?.deadline;
  if (shown === undefined || !sayTheSame(shown, expected)) {
    const is = shown === undefined ? 'none' : inWords(shown);
    return [`Its deadline is ${is}; after this outage it must be ${inWords(expected)}.`];
  }
  const { deliveredAt } = subject;
  return isLate(expected, deliveredAt) ? [`It was sent after its deadline, ${inWords(expected)}.`] : [];
}

const isLate = (deadline: Deadline, deliveredAt: Instant | undefined): boolean =>
  deadline.kind === 'due' && deliveredAt !== undefined && isBefore(deadline.endsAt, deliveredAt);

const sayTheSame = (a: Deadline, b: Deadline): boolean => a.regime === b.regime && inWords(a) === inWords(b);

const inWords = (deadline: Deadline): string => describeDeadline(deadline);

function numberFailures(invoice: Invoice, { isShared }: DrillStandard): readonly string[] {
  if ('refusal' in invoice) {
    return [`KSeF refused it: ${String(invoice.refusal.code)} ${invoice.refusal.description}`];
  }
  if (!('acceptance' in invoice)) return [`It has no KSeF number yet: its state is "${invoice.state}".`];
  const { ksefNumber } = invoice.acceptance;
  return [
    ...(parseKsefNumber(ksefNumber).ok ? [] : [`${ksefNumber} is no KSeF number.`]),
    ...(ksefNumber.startsWith(`${invoice.facts.sellerNip}-`) ? [] : [`${ksefNumber} is of another seller.`]),
    ...(isShared(ksefNumber) ? ['Another sample has the same KSeF number.'] : []),
  ];
}

function upoFailures({ invoice, upo }: DrillSample, { upos }: DrillStandard): readonly string[] {
  if (upo === undefined) return ['Its UPO is not stored.'];
  if (!('acceptance' in invoice)) return ['It has a UPO and no KSeF number.'];
  const { ksefNumber } = invoice.acceptance;
  try {
    const named = upos.entries(upo).filter((entry) => entry.ksefNumber === ksefNumber);
    if (named.length === 0) return [`Its UPO does not name ${ksefNumber}.`];
    const isOurs = named.every(({ hash }) => sameHash(hash, deliveredHash(invoice)));
    return isOurs ? [] : ['Its UPO confirms a file with another SHA-256.'];
  } catch {
    return ['What is stored as its UPO is none.'];
  }
}

function kodIFailures(invoice: Invoice, { environment }: DrillStandard): readonly string[] {
  if (!('issue' in invoice)) return ['It has no KOD I.'];
  return kodIFaults(invoice, invoice.issue, environment).map((fault) => `KOD I does not hold: ${fault}.`);
}

function kodIIFailures(invoice: Invoice, { environment, certificates, verifier }: DrillStandard): readonly string[] {
  if (!('issue' in invoice) || invoice.issue.mode === 'online') return ['It has no KOD II.'];
  const { issue } = invoice;
  try {
    const faults = [
      ...kodIIFaults(invoice, issue, environment),
      ...kodIISignatureFaults(issue, certificates, verifier),
    ];
    return [...new Set(faults)].map((fault) => `KOD II does not hold: ${fault}.`);
  } catch {
    return ['The certificate that KOD II names cannot be read.'];
  }
}
