import type { Invoice } from '../invoice/invoice.js';
import type { LegalSituation } from '../legal-situation/legal-situation.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import { deadlineFor, explanationOf, type Deadline, type DeadlineSubject, type DerivedDeadline } from './deadline.js';
import { targetOf, type Target } from './house-policy.js';
import { deadlineIfSentLater } from './sending-time.js';

/** Until when an invoice has to be in KSeF (termin): what the law says, and what the house, never later, aims at. */
export interface DueTerm {
  readonly deadline: Deadline;
  readonly target?: Target;
}

/**
 * The term of an invoice in its present state, derived anew from what is known.
 * @returns `undefined` where none applies: not issued, or online and sent on the day of P_1
 */
export function termOf(invoice: Invoice, situation: LegalSituation): DueTerm | undefined {
  const deadline = statutoryDeadline(invoice, situation);
  return deadline === undefined ? undefined : withTarget(deadline, invoice.facts, invoice.context, situation);
}

/** The term of any invoice of these circumstances, whichever it is. */
export function termFor(subject: DeadlineSubject, context: ContextIdentifier, situation: LegalSituation): DueTerm {
  const { outages, law } = situation;
  return withTarget(deadlineFor(subject, outages, law.calendar, law.rules), subject, context, situation);
}

function withTarget(
  deadline: DerivedDeadline,
  dated: Pick<DeadlineSubject, 'issueDate'>,
  context: ContextIdentifier,
  situation: LegalSituation,
): DueTerm {
  const target = targetOf(deadline, dated, situation.housePolicies(context));
  return { deadline, ...(target === undefined ? {} : { target }) };
}

function statutoryDeadline(invoice: Invoice, { outages, law }: LegalSituation): DerivedDeadline | undefined {
  const subject = subjectOf(invoice);
  if (subject === undefined) return undefined;
  if (subject.declared !== undefined) return deadlineFor(subject, outages, law.calendar, law.rules);
  // Declared online: a day is due only where KSeF marked it offline, having been sent after the day of P_1.
  const marked = 'acceptance' in invoice ? invoice.acceptance.invoicingMode : undefined;
  if (marked !== 'offline') return undefined;
  const limit = deadlineIfSentLater(subject, outages, law.calendar, law.rules);
  return limit === 'no-limit' ? undefined : limit;
}

/** What of an invoice decides its deadline; `undefined` while it is not issued. */
export function subjectOf(invoice: Invoice): DeadlineSubject | undefined {
  if (!('issue' in invoice)) return undefined;
  const { issuedAt, mode } = invoice.issue;
  return {
    issueDate: invoice.facts.issueDate,
    issuedAt,
    ...(mode === 'online' ? {} : { declared: mode }),
    ...('acceptance' in invoice ? { deliveredAt: invoice.acceptance.invoicingDate } : {}),
  };
}

/** Every step that led to the term, for a person: the invoice's own moment, the law, the house. */
export function stepsOf(invoice: Invoice, { deadline, target }: DueTerm): readonly string[] {
  const subject = subjectOf(invoice);
  const law = subject === undefined ? deadline.explanation : explanationOf(subject, deadline);
  return [...law, ...(target?.explanation ?? [])];
}

/** For audit and people: the day, or why there is none. */
export function describeDeadline(deadline: Deadline): string {
  switch (deadline.kind) {
    case 'due':
      return deadline.day.toString();
    case 'open':
      return 'open: the outage has not ended';
    case 'none':
      return 'none: nothing is sent';
  }
}
