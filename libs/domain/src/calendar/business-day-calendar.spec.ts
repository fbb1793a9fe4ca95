import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from '../shared/instant.js';
import { addBusinessDays, calendarOfVersion, polishBusinessDays } from './business-day-calendar.js';

const day = (text: string) => Temporal.PlainDate.from(text);
const calendar = polishBusinessDays();

describe('business days', () => {
  it.each([
    ['2026-11-20', true, 'Friday'],
    ['2026-11-21', false, 'Saturday'],
    ['2026-11-22', false, 'Sunday'],
    ['2026-11-11', false, 'a holiday on Wednesday'],
    ['2026-08-17', true, 'the Monday after a holiday on Saturday: no substitute day'],
    ['2018-11-12', true, 'a day that only a one-off act made free'],
  ])('%s is one: %s (%s)', (text, expected) => {
    expect(calendar.isBusinessDay(day(text))).toBe(expected);
  });

  it.each([
    ['2026-11-23', 1, '2026-11-24'],
    ['2026-11-20', 1, '2026-11-23'],
    ['2026-11-22', 1, '2026-11-23'],
    ['2026-12-23', 1, '2026-12-28'],
    ['2025-07-12', 7, '2025-07-22'],
    ['2026-12-30', 7, '2027-01-12'],
  ])('after %s the number %i is %s', (from, count, expected) => {
    expect(addBusinessDays(day(from), count, calendar).toString()).toBe(expected);
  });

  it('may count Saturday, except a holiday on Saturday', () => {
    const withSaturday = polishBusinessDays({ saturdayIsBusinessDay: true });
    expect(withSaturday.isBusinessDay(day('2026-11-21'))).toBe(true);
    expect(withSaturday.isBusinessDay(day('2026-11-22'))).toBe(false);
    expect(withSaturday.isBusinessDay(day('2026-08-15'))).toBe(false);
  });

  it('may know days made free by a one-off act', () => {
    const with2018 = polishBusinessDays({ oneOffHolidays: [day('2018-11-12')] });
    expect(with2018.isBusinessDay(day('2018-11-12'))).toBe(false);
    expect(addBusinessDays(day('2018-11-09'), 1, with2018).toString()).toBe('2018-11-13');
  });

  it('say by their version which rules they follow', () => {
    expect(calendar.version).toBe('pl-2025.1');
    expect(polishBusinessDays({ saturdayIsBusinessDay: true }).version).toBe('pl-2025.1+sat');
    expect(polishBusinessDays({ oneOffHolidays: [day('2018-11-12')] }).version).toBe('pl-2025.1+2018-11-12');
  });

  it('have the same version for the same one-off days in any order, and one that the calendar can be made from', () => {
    const days = [day('2018-11-12'), day('2026-05-02')];
    const either = polishBusinessDays({ saturdayIsBusinessDay: true, oneOffHolidays: days });
    const other = polishBusinessDays({ oneOffHolidays: [...days, ...days].reverse() }).countingSaturday();
    expect(either.version).toBe('pl-2025.1+sat+2018-11-12+2026-05-02');
    expect(other.version).toBe(either.version);
    const again = calendarOfVersion(either.version);
    expect(again?.version).toBe(either.version);
    expect(again?.isBusinessDay(day('2026-05-02'))).toBe(false);
    expect(again?.isBusinessDay(day('2026-05-09'))).toBe(true);
    expect(calendarOfVersion('pl-2025.1')?.isBusinessDay(day('2026-05-09'))).toBe(false);
  });

  it.each(['pl-2019.1', 'pl-2025.1+sun', 'pl-2025.1+2018-11', ''])('are not made from the version %p', (version) => {
    expect(calendarOfVersion(version)).toBeUndefined();
  });

  it('reaches the n-th business day strictly after the start, whatever the start', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 20 }), (offset, count) => {
        const start = day('2025-01-01').add({ days: offset });
        const reached = addBusinessDays(start, count, calendar);
        let passed = 0;
        for (let at = start.add({ days: 1 }); Temporal.PlainDate.compare(at, reached) <= 0; at = at.add({ days: 1 })) {
          if (calendar.isBusinessDay(at)) passed += 1;
        }
        expect(passed).toBe(count);
        expect(calendar.isBusinessDay(reached)).toBe(true);
      }),
    );
  });
});
