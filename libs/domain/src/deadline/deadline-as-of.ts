import { calendarOfVersion } from '../calendar/business-day-calendar.js';
import { isBefore } from '../calendar/warsaw-time.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import { outagesFrom, type Outage } from '../outage/outage.js';
import type { Instant } from '../shared/instant.js';
import { DEADLINE_RULES_VERSION, rulesWith } from './deadline-rules.js';
import { deadlineFor, type Deadline, type DeadlineSubject, type DerivedDeadline } from './deadline.js';
import type { Law } from './statutory-clocks.js';

/**
 * The deadline as it was known at a moment: from the messages that had been read by then, and no others ("what did we
 * know on the 24th at 10:00?"). At any moment after the last reading it is the present deadline.
 *
 * @param bulletins every version ever read, in any order, with or without repeats
 * @param law as it held at that moment: see `rulesAsOf`
 * @param reliedOn which outages could be relied on at that moment, of those the messages announce
 */
export function deadlineAsOf(
  subject: DeadlineSubject,
  bulletins: readonly AvailabilityBulletin[],
  moment: Instant,
  { calendar, rules }: Law,
  reliedOn: (outages: readonly Outage[]) => readonly Outage[],
): DerivedDeadline {
  const known = bulletins.filter(({ fetchedAt }) => !isBefore(moment, fetchedAt));
  return deadlineFor(subject, reliedOn(outagesFrom(known)), calendar, rules);
}

/** The calendar and the rules a stored deadline was computed under; `undefined` where this program has them no longer. */
export function lawOf({ calendarVersion, inputs }: Deadline): Law | undefined {
  const calendar = calendarOfVersion(calendarVersion);
  if (calendar === undefined || inputs?.rulesVersion !== DEADLINE_RULES_VERSION) return undefined;
  return { calendar, rules: rulesWith(inputs.changedPolicies) };
}
