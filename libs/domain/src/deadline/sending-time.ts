import type { BusinessDayCalendar } from '../calendar/business-day-calendar.js';
import { isBefore, warsawDay, warsawText } from '../calendar/warsaw-time.js';
import type { IssuingMode } from '../invoice/issuing-mode.js';
import type { Outage } from '../outage/outage.js';
import { Temporal, type Instant } from '../shared/instant.js';
import { DEFAULT_RULES, type DeadlineRules } from './deadline-rules.js';
import { deadlineFor, type DeadlineSubject, type DerivedDeadline } from './deadline.js';

/** How an invoice was sent. `declared` is the flag that goes with the invoice, or with the whole batch. */
export type Sending = { readonly declared: 'online' | 'offline' } & (
  | { readonly session: 'interactive'; readonly postedAt: Instant }
  | { readonly session: 'batch'; readonly openedAt: Instant }
);

/** What the day of sending makes of an invoice (domain rules 1.9). */
export interface SentInvoice {
  /** `refused`: P_1 lies after the day of sending, and no invoice was issued. */
  readonly markedBy: 'online' | 'offline' | 'refused';
  /** The procedure in law; none where KSeF refuses. */
  readonly mode?: IssuingMode;
  /** Absent where the law sets no limit: sent on the day of P_1, or see the policy `onlineSentLater`. */
  readonly deadline?: DerivedDeadline;
  readonly late: boolean;
  readonly explanation: readonly string[];
}

/** The moment that counts as sending: posting in an interactive session, but opening of a batch session. */
export function invoicingDate(sending: Sending): Instant {
  return sending.session === 'interactive' ? sending.postedAt : sending.openedAt;
}

/** What KSeF marks an invoice as: sent on a later day than P_1 it is offline, whatever the flag (art. 106nda(16)). */
export function ksefMarking(
  { issueDate }: Pick<DeadlineSubject, 'issueDate'>,
  sending: Sending,
): SentInvoice['markedBy'] {
  const order = Temporal.PlainDate.compare(warsawDay(invoicingDate(sending)), issueDate);
  if (order < 0) return 'refused';
  return order > 0 || sending.declared === 'offline' ? 'offline' : 'online';
}

/**
 * The procedure and the deadline of an invoice whose sending is known.
 * @see ksef-docs offline/automatyczne-okreslanie-trybu-offline.md
 */
export function deadlineOfSent(
  subject: DeadlineSubject,
  sending: Sending,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
  rules: DeadlineRules = DEFAULT_RULES,
): SentInvoice {
  const sentAt = invoicingDate(sending);
  const markedBy = ksefMarking(subject, sending);
  const how = sending.session === 'interactive' ? 'posted' : 'sent in a batch session opened';
  const sent = `Dated ${subject.issueDate.toString()}, declared ${sending.declared}, ${how} on ${warsawText(sentAt)}`;
  if (markedBy === 'refused') {
    return { markedBy, late: false, explanation: [`${sent}, before that day: KSeF refuses it.`] };
  }
  if (markedBy === 'online') {
    return {
      markedBy,
      mode: 'online',
      late: false,
      explanation: [`${sent}, the same day: online, nothing is due later.`],
    };
  }
  const delivered = { ...subject, deliveredAt: sentAt };
  const declaredOffline = sending.declared === 'offline';
  const limit = declaredOffline
    ? deadlineFor(delivered, outages, calendar, rules)
    : deadlineIfSentLater(delivered, outages, calendar, rules);
  const marked = `${sent}${declaredOffline ? '' : ', a later day'}: KSeF marks it offline.`;
  if (limit === 'no-limit') {
    const step = 'No limit applies: art. 106nda(16) does not list paragraph 2 (policy onlineSentLater).';
    return { markedBy, mode: 'offline24', late: false, explanation: [marked, step] };
  }
  return {
    markedBy,
    mode: limit.regime,
    deadline: limit,
    late: limit.kind === 'due' && isBefore(limit.endsAt, sentAt),
    explanation: [marked, ...limit.explanation],
  };
}

/**
 * The deadline of an invoice declared online if it is sent on a later day than P_1. What an announced outage grants it
 * keeps; only the next-day limit of offline24 is in question (policy `onlineSentLater`).
 */
export function deadlineIfSentLater(
  subject: DeadlineSubject,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
  rules: DeadlineRules = DEFAULT_RULES,
): DerivedDeadline | 'no-limit' {
  const deadline = deadlineFor(subject, outages, calendar, rules);
  return deadline.regime === 'offline24' && rules.onlineSentLater === 'no-limit' ? 'no-limit' : deadline;
}
