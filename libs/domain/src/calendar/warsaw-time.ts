import { Temporal, type Instant, type PlainDate } from '../shared/instant.js';

/** The zone of every legal day: of P_1, of the end of an outage, of a deadline. The only file that converts. */
export const WARSAW = 'Europe/Warsaw';

/** The calendar day in Poland at a moment. */
export function warsawDay(instant: Instant): PlainDate {
  return instant.toZonedDateTimeISO(WARSAW).toPlainDate();
}

/** The last millisecond of a day in Poland (23:59:59.999, which is 22:59:59.999Z in winter and 21:59:59.999Z in summer). */
export function endOfWarsawDay(day: PlainDate): Instant {
  return day.add({ days: 1 }).toZonedDateTime(WARSAW).toInstant().subtract({ milliseconds: 1 });
}

/** The first moment of a day in Poland. */
export function startOfWarsawDay(day: PlainDate): Instant {
  return day.toZonedDateTime(WARSAW).toInstant();
}

/** For sentences: `2026-11-23 15:00`. */
export function warsawText(instant: Instant): string {
  const local = instant.toZonedDateTimeISO(WARSAW);
  return `${local.toPlainDate().toString()} ${local.toPlainTime().toString({ smallestUnit: 'minute' })}`;
}

/** Whether `instant` is before `other`. */
export function isBefore(instant: Instant, other: Instant): boolean {
  return Temporal.Instant.compare(instant, other) < 0;
}
