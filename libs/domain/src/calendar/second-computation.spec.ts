import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { addBusinessDays, polishBusinessDays } from './business-day-calendar.js';
import { polishHolidayOn } from './polish-holidays.js';

/**
 * The calendar computed a second time, by other roads and without Temporal: Easter by Gauss, the day of the week by
 * Zeller, days counted as Julian day numbers (Fliegel and Van Flandern).
 */
const EASTER_MONTH_START = 22;

/** Days after 22 March (Gauss 1800, with his two exceptions; M and N of 1900-2099). */
function gaussDaysAfter22March(year: number): number {
  const [a, b, c] = [year % 19, year % 4, year % 7];
  const d = (19 * a + 24) % 30;
  const e = (2 * b + 4 * c + 6 * d + 5) % 7;
  if (d === 29 && e === 6) return d + e - 7;
  if (d === 28 && e === 6 && a > 10) return d + e - 7;
  return d + e;
}

function julianDayNumber(year: number, month: number, day: number): number {
  const a = Math.trunc((month - 14) / 12);
  return (
    Math.trunc((1461 * (year + 4800 + a)) / 4) +
    Math.trunc((367 * (month - 2 - 12 * a)) / 12) -
    Math.trunc((3 * Math.trunc((year + 4900 + a) / 100)) / 4) +
    day -
    32075
  );
}

/** 0 Saturday, 1 Sunday, 2 Monday ... 6 Friday. */
function zeller(year: number, month: number, day: number): number {
  const [m, y] = month < 3 ? [month + 12, year - 1] : [month, year];
  const [k, j] = [y % 100, Math.trunc(y / 100)];
  return (day + Math.trunc((13 * (m + 1)) / 5) + k + Math.trunc(k / 4) + Math.trunc(j / 4) + 5 * j) % 7;
}

const FIXED = ['01-01', '01-06', '05-01', '05-03', '08-15', '11-01', '11-11', '12-25', '12-26'];

interface Day {
  readonly text: string;
  readonly weekday: number;
  readonly holiday: boolean;
}

const two = (number: number) => String(number).padStart(2, '0');
const daysOfMonth = (year: number, month: number) =>
  julianDayNumber(month === 12 ? year + 1 : year, month === 12 ? 1 : month + 1, 1) - julianDayNumber(year, month, 1);

function secondComputation(fromYear: number, toYear: number): readonly Day[] {
  const days: Day[] = [];
  for (let year = fromYear; year <= toYear; year++) {
    const easter = julianDayNumber(year, 3, EASTER_MONTH_START) + gaussDaysAfter22March(year);
    const movable = [easter, easter + 1, easter + 49, easter + 60];
    for (let month = 1; month <= 12; month++) {
      for (let day = 1; day <= daysOfMonth(year, month); day++) {
        const monthAndDay = `${two(month)}-${two(day)}`;
        const holiday =
          FIXED.includes(monthAndDay) ||
          (monthAndDay === '12-24' && year > 2024) ||
          movable.includes(julianDayNumber(year, month, day));
        days.push({ text: `${String(year)}-${monthAndDay}`, weekday: zeller(year, month, day), holiday });
      }
    }
  }
  return days;
}

const DAYS = secondComputation(2020, 2040);
const dateOf = ({ text }: Day) => Temporal.PlainDate.from(text);

describe('a second computation of the calendar, 2020-01-01 to 2040-12-31', () => {
  it('covers every day of those years', () => {
    expect(DAYS).toHaveLength(7671);
    expect([DAYS[0]?.text, DAYS.at(-1)?.text]).toEqual(['2020-01-01', '2040-12-31']);
    expect(DAYS.filter(({ text }) => text.endsWith('-12-24')).map(({ holiday }) => holiday)).toEqual([
      ...Array.from({ length: 5 }, () => false),
      ...Array.from({ length: 16 }, () => true),
    ]);
  });

  it('agrees on every holiday', () => {
    const differing = DAYS.filter((day) => (polishHolidayOn(dateOf(day)) !== undefined) !== day.holiday);
    expect(differing).toEqual([]);
  });

  it('agrees on every business day', () => {
    const calendar = polishBusinessDays();
    const differing = DAYS.filter((day) => calendar.isBusinessDay(dateOf(day)) !== (day.weekday > 1 && !day.holiday));
    expect(differing).toEqual([]);
  });

  it('agrees on every business day where Saturday counts', () => {
    const calendar = polishBusinessDays().countingSaturday();
    const differing = DAYS.filter((day) => calendar.isBusinessDay(dateOf(day)) !== (day.weekday !== 1 && !day.holiday));
    expect(differing).toEqual([]);
  });

  it('agrees with one-off days added, for one and for seven business days after every day', () => {
    const oneOff = ['2026-11-12', '2030-06-21'];
    const calendar = polishBusinessDays({ oneOffHolidays: oneOff.map((text) => Temporal.PlainDate.from(text)) });
    const business = DAYS.map((day) => day.weekday > 1 && !day.holiday && !oneOff.includes(day.text));
    // From the end backwards: where the next seven business days after each day stand.
    const next: number[] = [];
    for (let at = DAYS.length - 1; at >= 0; at--) {
      const day = DAYS[at];
      if (day !== undefined && next.length === 7) {
        const [first, seventh] = [next[0] ?? -1, next[6] ?? -1].map((index) => DAYS[index]?.text);
        expect(addBusinessDays(dateOf(day), 1, calendar).toString()).toBe(first);
        expect(addBusinessDays(dateOf(day), 7, calendar).toString()).toBe(seventh);
      }
      if (business[at] === true) {
        next.unshift(at);
        next.splice(7);
      }
    }
  });
});
