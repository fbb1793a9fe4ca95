import type { BusinessDayCalendar } from '../calendar/business-day-calendar.js';
import { endOfWarsawDay, warsawText } from '../calendar/warsaw-time.js';
import type { IssuingMode } from '../invoice/issuing-mode.js';
import type { BulletinVersion, Outage } from '../outage/outage.js';
import type { Instant, PlainDate } from '../shared/instant.js';
import { changedPolicies, DEADLINE_RULES_VERSION, DEFAULT_RULES } from './deadline-rules.js';
import type { ChangedPolicies, DeadlineRules } from './deadline-rules.js';
import { standingAtIssue } from './at-issue.js';
import { mayTellTheIssue, messagesFor } from './messages.js';
import { evidenceOf, type Standing } from './standing.js';
import { lawUnder, type Law } from './statutory-clocks.js';
import { afterMessage, messagesWhileWaiting } from './while-waiting.js';

export type OfflineRegime = Exclude<IssuingMode, 'online'>;

/**
 * Until when an invoice has to be in KSeF (termin przesłania), why, and the steps that led there.
 *
 * - `due`: until the end of `day` in Europe/Warsaw (`endsAt`, the last millisecond);
 * - `open`: a failure is announced and has not ended, so no day can be named yet;
 * - `none`: a total failure lifted the duty for good.
 */
export type Deadline = {
  /** The procedure that governs it now; a failure announced while it waits makes it `emergency` (art. 106nha). */
  readonly regime: OfflineRegime;
  readonly basis: string;
  /** The steps that hold for every invoice of the same circumstances; `explanationOf` adds the invoice's own. */
  readonly explanation: readonly string[];
  readonly calendarVersion: string;
  /** What else it was computed from. Absent only in values stored before the rules had a version. */
  readonly inputs?: DeadlineInputs;
} & (
  | {
      readonly kind: 'due';
      readonly day: PlainDate;
      readonly endsAt: Instant;
      /** The end of the outage that the day counts from; absent where it counts from the issue date. */
      readonly restoredAt?: Instant;
    }
  | { readonly kind: 'open' }
  | { readonly kind: 'none' }
);

/** With the calendar's version: enough to compute the value again (`lawOf`, `deadlineAsOf`). */
export interface DeadlineInputs {
  readonly rulesVersion: string;
  /** Where the tenant's reading of the law is not the default. */
  readonly changedPolicies: ChangedPolicies;
  /** Every version of a message that a step rests on, in the order of the steps. */
  readonly bulletins: readonly BulletinVersion[];
}

/** A deadline as the engine gives it: always with its inputs. */
export type DerivedDeadline = Deadline & { readonly inputs: DeadlineInputs };

/** What of an invoice decides. A technical correction has the subject of the invoice it replaces: the clock runs on. */
export interface DeadlineSubject {
  /** Field P_1: the date on the invoice. */
  readonly issueDate: PlainDate;
  /** When we issued it: decides which announced period it falls in. */
  readonly issuedAt: Instant;
  /** The offline procedure the issuer declared; matters only under the policy `electingOffline24`. */
  readonly declared?: OfflineRegime;
  /** When the file that KSeF accepted was sent. What is announced later is no longer about this invoice. */
  readonly deliveredAt?: Instant;
}

/**
 * Derives the statutory deadline of an offline invoice (domain rules 1.3; art. 106nda(2), 106nh(2), 106nf(4), 106nf(5),
 * 106nf(7), 106nha): the clock that started at issue, then every message that came while the invoice waited. Never
 * edited by hand: new messages give a new value.
 *
 * @param outages announced periods in any order, of which a total failure only once it may be relied on
 */
export function deadlineFor(
  subject: DeadlineSubject,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
  rules: DeadlineRules = DEFAULT_RULES,
): DerivedDeadline {
  const law = lawUnder(calendar, rules);
  const messages = messagesFor(subject, outages, law);
  const issue = standingAtIssue(subject, messages, law);
  const final = messagesWhileWaiting(subject, issue.circumstances, messages, law).reduce(
    (standing, message) => afterMessage(standing, message, subject, law),
    issue.standing,
  );
  return valueOf(final, law);
}

function valueOf(standing: Standing, { calendar, rules }: Law): DerivedDeadline {
  const { regime, due, basis, steps } = standing;
  const changed = changedPolicies(rules);
  const decided = Object.entries(changed).map(([policy, reading]) => `${policy} = ${reading}`);
  const value = {
    regime,
    basis,
    explanation: decided.length === 0 ? steps : [...steps, `Read as the tenant decided: ${decided.join(', ')}.`],
    calendarVersion: calendar.version,
    inputs: {
      rulesVersion: DEADLINE_RULES_VERSION,
      changedPolicies: changed,
      bulletins: evidenceOf(standing),
    },
  };
  if (due === 'open' || due === 'none') return { kind: due, ...value };
  const restored = standing.restoredAt === undefined ? {} : { restoredAt: standing.restoredAt };
  return { kind: 'due', day: due, endsAt: endOfWarsawDay(due), ...restored, ...value };
}

/** Why this invoice has this deadline, step by step: its own moment first. */
export function explanationOf(
  { issuedAt, issueDate }: Pick<DeadlineSubject, 'issuedAt' | 'issueDate'>,
  { explanation }: Pick<Deadline, 'explanation'>,
): readonly string[] {
  return [`Issued on ${warsawText(issuedAt)} (Europe/Warsaw), dated ${issueDate.toString()}.`, ...explanation];
}

/**
 * The announced periods that may tell which mode an invoice gets when it is issued: not those that came after the day
 * its own date gives it (see `mayTellTheIssue`).
 */
export function outagesTelling(
  subject: DeadlineSubject,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
  rules: DeadlineRules = DEFAULT_RULES,
): readonly Outage[] {
  const law = lawUnder(calendar, rules);
  return outages.filter((outage) => mayTellTheIssue(outage, subject, law));
}
