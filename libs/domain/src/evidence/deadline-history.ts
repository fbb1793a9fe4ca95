import { stepsOf, termOf, type DueTerm } from '../deadline/due-term.js';
import { situationAsOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { Temporal, type Instant } from '../shared/instant.js';
import type { EvidenceEntry, EvidenceProvider, PackagedInvoice } from './evidence-entry.js';
import { jsonEntry } from './evidence-text.js';

/** A term, from the moment on from which it was known; until the next one. */
export interface KnownTerm {
  readonly knownFrom: Instant;
  /** Absent where none applied. */
  readonly term: DueTerm | undefined;
  readonly steps: readonly string[];
}

/**
 * How the deadline looked at each moment at which something new was known: derived again from the records with their own
 * moments, so that nobody has to believe a table of ours. Moments that changed nothing are left out.
 */
export function deadlineHistory(
  { stored, legal, at }: PackagedInvoice,
  jurisdiction: Jurisdiction,
): readonly KnownTerm[] {
  const { invoice } = stored;
  if (!('issue' in invoice)) return [];
  const { issuedAt } = invoice.issue;
  const learnt = [
    ...legal.bulletins.map(({ fetchedAt }) => fetchedAt),
    ...legal.confirmations.map(({ confirmedAt }) => confirmedAt),
    ...legal.policyChanges.map(({ decidedAt }) => decidedAt),
    ...legal.housePolicyDecisions.map(({ decidedAt }) => decidedAt),
  ].filter((moment) => isAfter(moment, issuedAt) && !isAfter(moment, at));
  const moments = [issuedAt, ...learnt].sort((a, b) => Temporal.Instant.compare(a, b));
  const history: KnownTerm[] = [];
  for (const knownFrom of moments) {
    const term = termOf(invoice, situationAsOf(legal, knownFrom, jurisdiction));
    const known = { knownFrom, term, steps: term === undefined ? [] : stepsOf(invoice, term) };
    if (factsOf(known) !== factsOf(history.at(-1))) history.push(known);
  }
  return history;
}

const isAfter = (a: Instant, b: Instant): boolean => Temporal.Instant.compare(a, b) > 0;

const factsOf = (known: KnownTerm | undefined): string =>
  known === undefined ? '' : JSON.stringify([termView(known.term), known.steps]);

/** Each deadline that was known, with its steps, and the decisions of the house and of the tenant on reading the law. */
export class DeadlineEvidence implements EvidenceProvider {
  constructor(private readonly jurisdiction: Jurisdiction) {}

  entries(subject: PackagedInvoice): Promise<readonly EvidenceEntry[]> {
    const history = deadlineHistory(subject, this.jurisdiction);
    const { policyChanges } = subject.legal;
    const value = {
      history: history.map(({ knownFrom, term, steps }) => ({
        knownFrom: knownFrom.toString(),
        term: termView(term),
        steps,
      })),
      readingsOfTheLaw: policyChanges.map(({ decidedAt, ...rest }) => ({ ...rest, decidedAt: decidedAt.toString() })),
    };
    return Promise.resolve([
      jsonEntry('deadline/history.json', value, {
        pl: 'termin przesłania: każda kolejna wartość, od kiedy była znana, z krokami, które do niej prowadzą',
        en: 'the deadline: each value in turn, since when it was known, with the steps that led to it',
      }),
    ]);
  }
}

function termView(term: DueTerm | undefined) {
  if (term === undefined) return null;
  const { deadline, target } = term;
  const due =
    deadline.kind === 'due'
      ? {
          day: deadline.day.toString(),
          endsAt: deadline.endsAt.toString(),
          restoredAt: deadline.restoredAt?.toString() ?? null,
        }
      : {};
  const { kind, regime, basis, calendarVersion, inputs } = deadline;
  const house = target === undefined ? null : { at: target.at.toString(), steps: target.explanation };
  return { kind, ...due, regime, basis, calendarVersion, inputs: inputs ?? null, houseTarget: house };
}
