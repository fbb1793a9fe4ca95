import { startOfWarsawDay, WARSAW, warsawDay } from '../calendar/warsaw-time.js';
import { Temporal, type Instant, type PlainDate } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';

/** When what waits is sent, apart from deadlines, which always come first. */
export type SendingSchedule =
  /** Once the oldest has waited for others to share its batch, for the time that the installation is configured for. */
  | { readonly kind: 'as-they-come' }
  /** At moments so many minutes apart, counted from midnight in Warsaw. */
  | { readonly kind: 'every'; readonly minutes: number }
  /** At these times of the day in Warsaw, `HH:MM`, earliest first. */
  | { readonly kind: 'daily'; readonly times: readonly string[] };

export interface SendingRule {
  readonly schedule: SendingSchedule;
  /** What waits is sent at the latest so many hours before its target, whatever the schedule says. */
  readonly hoursBeforeTarget: number;
}

/** Holds until a tenant decides otherwise. */
export const DEFAULT_SENDING_RULE: SendingRule = { schedule: { kind: 'as-they-come' }, hoursBeforeTarget: 6 };

/** A rule as somebody decided it; the last decision holds. */
export interface SendingRuleDecision extends SendingRule {
  readonly person: string;
  readonly actor: string;
  readonly reason: string;
  readonly decidedAt: Instant;
}

export type SendingRuleRefusal =
  | { readonly code: 'SCHEDULE_INVALID'; readonly reason: string }
  | { readonly code: 'HOURS_BEFORE_TARGET_INVALID'; readonly reason: string }
  | { readonly code: 'PERSON_MISSING' | 'REASON_MISSING' };

/** KSeF allows 60 sessions an hour in a context (domain rules 8.1): a schedule leaves most of them to deadlines. */
const MINUTES = { least: 5, most: 720 } as const;
const MOST_TIMES_A_DAY = 24;
const HOURS_BEFORE_TARGET = { least: 1, most: 72 } as const;

/** Checks a decision; times come back in order, each once. */
export function decideSendingRule(
  wanted: Omit<SendingRuleDecision, 'decidedAt'>,
  decidedAt: Instant,
): Result<SendingRuleDecision, readonly SendingRuleRefusal[]> {
  const [person, reason] = [wanted.person.trim(), wanted.reason.trim()];
  const wrong = whatIsWrong(wanted.schedule);
  const { least, most } = HOURS_BEFORE_TARGET;
  const refusals: SendingRuleRefusal[] = [];
  if (wrong !== undefined) refusals.push({ code: 'SCHEDULE_INVALID', reason: wrong });
  if (!isWholeWithin(wanted.hoursBeforeTarget, least, most)) {
    const range = `A whole number of hours from ${String(least)} to ${String(most)}.`;
    refusals.push({ code: 'HOURS_BEFORE_TARGET_INVALID', reason: range });
  }
  if (person === '') refusals.push({ code: 'PERSON_MISSING' });
  if (reason === '') refusals.push({ code: 'REASON_MISSING' });
  if (refusals.length > 0) return err(refusals);
  return ok({ ...wanted, schedule: inOrder(wanted.schedule), person, reason, decidedAt });
}

function whatIsWrong(schedule: SendingSchedule): string | undefined {
  switch (schedule.kind) {
    case 'as-they-come':
      return undefined;
    case 'every':
      return isWholeWithin(schedule.minutes, MINUTES.least, MINUTES.most)
        ? undefined
        : `A whole number of minutes from ${String(MINUTES.least)} to ${String(MINUTES.most)}.`;
    case 'daily': {
      const { size } = new Set(schedule.times);
      if (size < 1 || size > MOST_TIMES_A_DAY) return `From 1 to ${String(MOST_TIMES_A_DAY)} times of the day.`;
      return schedule.times.every((time) => /^([01]\d|2[0-3]):[0-5]\d$/.test(time)) ? undefined : 'Times as HH:MM.';
    }
  }
}

const isWholeWithin = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

const inOrder = (schedule: SendingSchedule): SendingSchedule =>
  schedule.kind === 'daily' ? { kind: 'daily', times: [...new Set(schedule.times)].sort() } : schedule;

/**
 * The first moment from `since` on at which the schedule sends what has been waiting since then. A moment that passed
 * unused (KSeF was away, nobody worked) is made up for at once: it lies before now.
 */
export function scheduledAt(schedule: SendingSchedule, since: Instant, lingerSeconds: number): Instant {
  switch (schedule.kind) {
    case 'as-they-come':
      return since.add({ seconds: lingerSeconds });
    case 'every':
      return nextSlot(since, schedule.minutes);
    case 'daily':
      return nextTime(since, schedule.times);
  }
}

/** Slots begin anew every day, so that a change of the clocks moves them for that day only. */
function nextSlot(since: Instant, minutes: number): Instant {
  const day = warsawDay(since);
  const [midnight, nextMidnight] = [startOfWarsawDay(day), startOfWarsawDay(day.add({ days: 1 }))];
  const slotMs = minutes * 60_000;
  const slots = Math.ceil((since.epochMilliseconds - midnight.epochMilliseconds) / slotMs);
  const slot = midnight.add({ milliseconds: slots * slotMs });
  return earlier(slot, nextMidnight);
}

function nextTime(since: Instant, times: readonly string[]): Instant {
  const day = warsawDay(since);
  const moments = [...momentsOf(day, times), ...momentsOf(day.add({ days: 1 }), times)];
  const next = moments.find((moment) => Temporal.Instant.compare(moment, since) >= 0);
  if (next === undefined) throw new Error('a daily schedule without times');
  return next;
}

/** A time that the clocks skip is taken as they show it afterwards; one that they show twice, the first time. */
const momentsOf = (day: PlainDate, times: readonly string[]): readonly Instant[] =>
  times.map((time) => day.toZonedDateTime({ timeZone: WARSAW, plainTime: time }).toInstant());

const earlier = (a: Instant, b: Instant): Instant => (Temporal.Instant.compare(a, b) <= 0 ? a : b);
