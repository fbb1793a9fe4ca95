import type { BusinessDayCalendar } from '../calendar/business-day-calendar.js';
import type { Outage } from '../outage/outage.js';
import { DEFAULT_RULES, POLICY_NAMES, readingsOf, type DeadlineRules, type PolicyName } from './deadline-rules.js';
import { deadlineFor, type Deadline, type DeadlineSubject, type DerivedDeadline } from './deadline.js';

/** Another reading of one question of the law, under which an invoice would have another deadline. */
export interface OtherReading {
  readonly policy: PolicyName;
  readonly reading: string;
  readonly deadline: DerivedDeadline;
}

/**
 * What the open questions of the law mean for one invoice: every reading, of one question at a time, that gives another
 * day or procedure. Where one is earlier it is the safer day to aim at; none means that the date is beyond doubt.
 */
export function otherReadings(
  subject: DeadlineSubject,
  outages: readonly Outage[],
  calendar: BusinessDayCalendar,
  rules: DeadlineRules = DEFAULT_RULES,
): readonly OtherReading[] {
  const present = deadlineFor(subject, outages, calendar, rules);
  return POLICY_NAMES.flatMap((policy) =>
    readingsOf(policy)
      .filter((reading) => reading !== rules[policy])
      .map((reading) => ({
        policy,
        reading,
        deadline: deadlineFor(subject, outages, calendar, { ...rules, [policy]: reading }),
      }))
      .filter(({ deadline }) => !isSame(deadline, present)),
  );
}

function isSame(a: Deadline, b: Deadline): boolean {
  if (a.kind !== b.kind || a.regime !== b.regime) return false;
  return a.kind !== 'due' || b.kind !== 'due' || a.day.equals(b.day);
}
