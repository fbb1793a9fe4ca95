import { expect, it } from '@jest/globals';
import { addBusinessDays, warsawDayOf } from './business-days.js';
import { isKsefNumber } from './ksef-number.js';

/** Dates of domain rules 2: A02, B06, B08, B10, B12, B17, B20, B22. */
it.each([
  ['2025-07-12', 7, '2025-07-22'],
  ['2026-11-11', 1, '2026-11-12'],
  ['2026-12-24', 1, '2026-12-28'],
  ['2026-12-31', 1, '2027-01-04'],
  ['2027-01-05', 1, '2027-01-07'],
  ['2026-04-03', 1, '2026-04-07'],
  ['2027-05-26', 1, '2027-05-28'],
  ['2026-08-14', 1, '2026-08-17'],
])('%s and %i business days is %s', (day, count, expected) => {
  expect(addBusinessDays(day, count)).toBe(expected);
});

it('knows the day in Poland of a moment', () => {
  expect(warsawDayOf(new Date('2026-11-23T22:59:59.999Z'))).toBe('2026-11-23');
  expect(warsawDayOf(new Date('2026-11-23T23:00:00.000Z'))).toBe('2026-11-24');
});

it('tells a KSeF number by its checksum', () => {
  expect(isKsefNumber('5265877635-20250826-0100001AF629-AF')).toBe(true);
  expect(isKsefNumber('5265877635-20250826-0100001AF629-AE')).toBe(false);
  expect(isKsefNumber('5265877635-20250826-0100001AF629')).toBe(false);
});
