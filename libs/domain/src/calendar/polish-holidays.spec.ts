import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { polishHolidayOn } from './polish-holidays.js';

/** Domain rules 1.5, with the days of the week written there. */
const TABLE: Readonly<Record<number, readonly string[]>> = {
  2025: [
    '2025-01-01 Wed',
    '2025-01-06 Mon',
    '2025-04-20 Sun',
    '2025-04-21 Mon',
    '2025-05-01 Thu',
    '2025-05-03 Sat',
    '2025-06-08 Sun',
    '2025-06-19 Thu',
    '2025-08-15 Fri',
    '2025-11-01 Sat',
    '2025-11-11 Tue',
    '2025-12-24 Wed',
    '2025-12-25 Thu',
    '2025-12-26 Fri',
  ],
  2026: [
    '2026-01-01 Thu',
    '2026-01-06 Tue',
    '2026-04-05 Sun',
    '2026-04-06 Mon',
    '2026-05-01 Fri',
    '2026-05-03 Sun',
    '2026-05-24 Sun',
    '2026-06-04 Thu',
    '2026-08-15 Sat',
    '2026-11-01 Sun',
    '2026-11-11 Wed',
    '2026-12-24 Thu',
    '2026-12-25 Fri',
    '2026-12-26 Sat',
  ],
  2027: [
    '2027-01-01 Fri',
    '2027-01-06 Wed',
    '2027-03-28 Sun',
    '2027-03-29 Mon',
    '2027-05-01 Sat',
    '2027-05-03 Mon',
    '2027-05-16 Sun',
    '2027-05-27 Thu',
    '2027-08-15 Sun',
    '2027-11-01 Mon',
    '2027-11-11 Thu',
    '2027-12-24 Fri',
    '2027-12-25 Sat',
    '2027-12-26 Sun',
  ],
};
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

describe('Polish statutory holidays', () => {
  it.each([2025, 2026, 2027])('are in %i the days of the act, and no others', (year) => {
    const found: string[] = [];
    for (let day = Temporal.PlainDate.from(`${String(year)}-01-01`); day.year === year; day = day.add({ days: 1 })) {
      if (polishHolidayOn(day) !== undefined) found.push(`${day.toString()} ${WEEKDAYS[day.dayOfWeek - 1] ?? ''}`);
    }
    expect(found).toEqual(TABLE[year]);
  });

  it.each([
    ['Good Friday', '2026-04-03'],
    ['Whit Monday', '2026-05-25'],
    ['2 May', '2028-05-02'],
    ["New Year's Eve", '2026-12-31'],
    ["All Souls' Day", '2026-11-02'],
    ['the Friday after Corpus Christi', '2026-06-05'],
    ['Christmas Eve before 2025', '2024-12-24'],
  ])('do not include %s (%s)', (_what, day) => {
    expect(polishHolidayOn(Temporal.PlainDate.from(day))).toBeUndefined();
  });

  it('have names', () => {
    expect(polishHolidayOn(Temporal.PlainDate.from('2026-06-04'))).toBe('Boże Ciało');
    expect(polishHolidayOn(Temporal.PlainDate.from('2025-12-24'))).toBe('Wigilia');
  });
});
