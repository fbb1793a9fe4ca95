import { calendarOfVersion } from '../calendar/business-day-calendar.js';
import { DEADLINE_RULES_VERSION, rulesWith } from './deadline-rules.js';
import type { Deadline } from './deadline.js';
import type { Law } from './statutory-clocks.js';

/** The calendar and the rules a stored deadline was computed under; `undefined` where this program has them no longer. */
export function lawOf({ calendarVersion, inputs }: Deadline): Law | undefined {
  const calendar = calendarOfVersion(calendarVersion);
  if (calendar === undefined || inputs?.rulesVersion !== DEADLINE_RULES_VERSION) return undefined;
  return { calendar, rules: rulesWith(inputs.changedPolicies) };
}
