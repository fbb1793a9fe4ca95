import { addBusinessDays, type BusinessDayCalendar } from '../calendar/business-day-calendar.js';
import { endOfWarsawDay, isBefore, warsawDay, warsawText } from '../calendar/warsaw-time.js';
import type { IssuingMode } from '../invoice/issuing-mode.js';
import { covers, type Outage } from '../outage/outage.js';
import { Temporal, type Instant, type PlainDate } from '../shared/instant.js';
import { classifyAtIssue } from './classify-at-issue.js';

/** Business days after the end of a failure (art. 106nf(4)). */
const EMERGENCY_BUSINESS_DAYS = 7;

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
  readonly explanation: readonly string[];
  readonly calendarVersion: string;
} & (
  | { readonly kind: 'due'; readonly day: PlainDate; readonly endsAt: Instant }
  | { readonly kind: 'open' }
  | { readonly kind: 'none' }
);

export interface DeadlineSubject {
  /** Field P_1: the date on the invoice. */
  readonly issueDate: PlainDate;
  /** When we issued it: decides which announced period it falls in. */
  readonly issuedAt: Instant;
}

/** What the walk through the messages knows so far; a due day, or not yet, or never. */
interface Standing {
  readonly regime: OfflineRegime;
  readonly due: PlainDate | 'open' | 'none';
  readonly basis: string;
}

/**
 * Derives the statutory deadline of a waiting offline invoice (domain rules 1.3; art. 106nda(2), 106nh(2), 106nf(4),
 * 106nf(5), 106nf(7), 106nha). Never edited by hand: new messages give a new value.
 *
 * @param outages announced periods, of which a total failure only once it may be relied on
 */
export function deadlineFor(
  subject: DeadlineSubject,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
): Deadline {
  const explanation: string[] = [];
  let standing = atIssue(subject, outages, calendar, explanation);
  for (const outage of furtherMessages(subject, outages, calendar))
    standing = afterMessage(standing, outage, calendar, explanation);
  const { regime, due, basis } = standing;
  const value = { regime, basis, explanation, calendarVersion: calendar.version };
  if (due === 'open' || due === 'none') return { kind: due, ...value };
  return { kind: 'due', day: due, endsAt: endOfWarsawDay(due), ...value };
}

/**
 * In order of publication: what was announced while the invoice waited, and any further failure that was in force
 * beside the one that governs the issue (of nested failures the latest end counts, domain rules 10 point 5).
 */
function furtherMessages(
  { issueDate, issuedAt }: DeadlineSubject,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
): readonly Outage[] {
  const governing = classifyAtIssue(issuedAt, announcedInTime({ issueDate, issuedAt }, outages, calendar));
  return outages
    .filter((outage) => governing.mode === 'offline24' || outage !== governing.outage)
    .filter(
      (outage) => isBefore(issuedAt, outage.announcedAt) || (outage.category === 'failure' && covers(outage, issuedAt)),
    )
    .sort((a, b) => Temporal.Instant.compare(a.announcedAt, b.announcedAt));
}

function atIssue(
  { issueDate, issuedAt }: DeadlineSubject,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
  explanation: string[],
): Standing {
  const circumstances = classifyAtIssue(issuedAt, announcedInTime({ issueDate, issuedAt }, outages, calendar));
  const moment = `Issued on ${warsawText(issuedAt)} (Europe/Warsaw), dated ${issueDate.toString()}`;
  switch (circumstances.mode) {
    case 'total-failure':
      explanation.push(`${moment}, during a total failure: nothing is sent to KSeF (art. 106ng).`);
      return { regime: 'total-failure', due: 'none', basis: 'art. 106ng' };
    case 'emergency':
      explanation.push(`${moment}, during the failure announced as ${circumstances.outage.announcement.bulletinId}.`);
      return afterFailure(circumstances.outage, undefined, 'art. 106nf(4)', calendar, explanation);
    case 'unavailability':
      explanation.push(
        `${moment}, during the maintenance announced as ${circumstances.outage.announcement.bulletinId}.`,
      );
      return afterMaintenance(circumstances.outage, calendar, explanation);
    case 'offline24': {
      const due = addBusinessDays(issueDate, 1, calendar);
      explanation.push(
        `${moment}, with no announced outage in force: offline24.`,
        `Due on the next business day after ${issueDate.toString()}, which is ${due.toString()} (art. 106nda(2)).`,
      );
      return { regime: 'offline24', due, basis: 'art. 106nda(2)' };
    }
  }
}

function afterMaintenance({ end }: Outage, calendar: BusinessDayCalendar, explanation: string[]): Standing {
  const basis = 'art. 106nh(2)';
  if (end === undefined) {
    explanation.push('Its end is not known: the day cannot be named yet (art. 106nh(2)).');
    return { regime: 'unavailability', due: 'open', basis };
  }
  const due = addBusinessDays(warsawDay(end), 1, calendar);
  explanation.push(
    `The maintenance ends on ${warsawText(end)}: due on the next business day, ${due.toString()} (art. 106nh(2)).`,
  );
  return { regime: 'unavailability', due, basis };
}

function afterMessage(
  standing: Standing,
  outage: Outage,
  calendar: BusinessDayCalendar,
  explanation: string[],
): Standing {
  if (standing.due === 'none') return standing;
  const { bulletinId } = outage.announcement;
  const announced = `${warsawText(outage.announcedAt)} announced ${bulletinId}`;
  if (outage.category === 'maintenance') {
    explanation.push(`Maintenance ${announced}: maintenance never moves a deadline.`);
    return standing;
  }
  if (standing.due !== 'open' && isAfterDay(outage.announcedAt, standing.due)) {
    explanation.push(`${announced} after the due day ${standing.due.toString()} had passed: no effect.`);
    return standing;
  }
  if (outage.category === 'total-failure') {
    const basis = standing.regime === 'emergency' ? 'art. 106nf(7)' : 'art. 106nha';
    explanation.push(`Total failure ${announced}: the duty to send is lifted (${basis}).`);
    return { regime: 'total-failure', due: 'none', basis };
  }
  const basis = standing.regime === 'emergency' ? 'art. 106nf(5)' : 'art. 106nha';
  explanation.push(`Failure ${announced} while the invoice waited: the failure rules govern (${basis}).`);
  const before = standing.due === 'open' && standing.regime !== 'emergency' ? undefined : standing.due;
  return afterFailure(outage, before, basis, calendar, explanation);
}

/** Seven business days from the end of the failure; never earlier than the day that already stood. */
function afterFailure(
  { end }: Outage,
  before: PlainDate | 'open' | undefined,
  basis: string,
  calendar: BusinessDayCalendar,
  explanation: string[],
): Standing {
  if (end === undefined) {
    explanation.push('The failure has not ended: seven business days will count from the end the Ministry announces.');
    return { regime: 'emergency', due: 'open', basis };
  }
  const counted = addBusinessDays(warsawDay(end), EMERGENCY_BUSINESS_DAYS, calendar);
  if (before === 'open') {
    explanation.push('This failure has ended, but another announced one has not: no day can be named yet.');
    return { regime: 'emergency', due: 'open', basis };
  }
  const due = before !== undefined && Temporal.PlainDate.compare(before, counted) > 0 ? before : counted;
  explanation.push(
    `The failure ended on ${warsawText(end)}: seven business days end on ${counted.toString()} (${basis}).`,
  );
  if (!due.equals(counted))
    explanation.push(`${due.toString()} already stood and is later: a deadline never moves earlier.`);
  return { regime: 'emergency', due, basis };
}

/**
 * The outages that may tell what an invoice was issued in: known at issue, or announced before its offline24 day had
 * passed. A message that comes later with an earlier start cures no lateness (domain rules 10 points 2 and 3).
 */
function announcedInTime(
  { issueDate, issuedAt }: DeadlineSubject,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
): readonly Outage[] {
  const offline24Due = addBusinessDays(issueDate, 1, calendar);
  return outages.filter(
    ({ announcedAt }) => !isBefore(issuedAt, announcedAt) || !isAfterDay(announcedAt, offline24Due),
  );
}

function isAfterDay(moment: Instant, day: PlainDate): boolean {
  return Temporal.PlainDate.compare(warsawDay(moment), day) > 0;
}
