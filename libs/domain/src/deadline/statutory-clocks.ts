import { addBusinessDays, type BusinessDayCalendar } from '../calendar/business-day-calendar.js';
import { isBefore, startOfWarsawDay, warsawDay } from '../calendar/warsaw-time.js';
import { Temporal, type Instant, type PlainDate } from '../shared/instant.js';
import type { DeadlineRules } from './deadline-rules.js';

/** What a deadline is computed under: the calendar, and a reading for each question the Act leaves open. */
export interface Law {
  readonly calendar: BusinessDayCalendar;
  readonly rules: DeadlineRules;
}

/** @param calendar may count Saturday already; the policy can only add it */
export function lawUnder(calendar: BusinessDayCalendar, rules: DeadlineRules): Law {
  return { calendar: rules.saturday === 'business-day' ? calendar.countingSaturday() : calendar, rules };
}

/** Business days after the end of a failure (art. 106nf(4)). */
const EMERGENCY_BUSINESS_DAYS = 7;

/** offline24: the next business day after P_1, the date on the invoice (art. 106nda(2)). */
export function offline24Due(issueDate: PlainDate, { calendar }: Law): PlainDate {
  return addBusinessDays(issueDate, 1, calendar);
}

/** Unavailability: the next business day after the day on which the maintenance ended (art. 106nh(2)). */
export function unavailabilityDue(end: Instant, law: Law): PlainDate {
  return addBusinessDays(endDay(end, law), 1, law.calendar);
}

/** Emergency: seven business days after the day on which the failure ended, by the end message (art. 106nf(4)). */
export function emergencyDue(end: Instant, law: Law): PlainDate {
  return addBusinessDays(endDay(end, law), EMERGENCY_BUSINESS_DAYS, law.calendar);
}

/** The Warsaw day of an end; of an end at exactly 00:00 see the policy `endAtMidnight`. */
function endDay(end: Instant, { rules }: Law): PlainDate {
  const day = warsawDay(end);
  const atMidnight = !isBefore(startOfWarsawDay(day), end);
  return atMidnight && rules.endAtMidnight === 'day-before' ? day.subtract({ days: 1 }) : day;
}

export function isAfterDay(moment: Instant, day: PlainDate): boolean {
  return Temporal.PlainDate.compare(warsawDay(moment), day) > 0;
}

export function laterDay(a: PlainDate, b: PlainDate): PlainDate {
  return Temporal.PlainDate.compare(a, b) > 0 ? a : b;
}
