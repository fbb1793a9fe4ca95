import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { endOfWarsawDay, isBefore, startOfWarsawDay, warsawDay, warsawText } from './warsaw-time.js';

const instant = (text: string) => Temporal.Instant.from(text);
const day = (text: string) => Temporal.PlainDate.from(text);

describe('warsawDay', () => {
  it.each([
    ['2026-11-20T22:59:59.999Z', '2026-11-20', 'the last millisecond of a winter day'],
    ['2026-11-20T23:00:00Z', '2026-11-21', 'midnight in winter'],
    ['2026-07-14T21:59:59.999Z', '2026-07-14', 'the last millisecond of a summer day'],
    ['2026-07-14T22:00:00Z', '2026-07-15', 'midnight in summer'],
    ['2026-03-28T23:00:00Z', '2026-03-29', 'the day of the spring change begins at +01:00'],
    ['2026-03-29T21:59:59.999Z', '2026-03-29', 'and ends at +02:00'],
    ['2026-03-29T22:00:00Z', '2026-03-30', 'the day after the spring change'],
    ['2026-10-24T22:00:00Z', '2026-10-25', 'the day of the autumn change begins at +02:00'],
    ['2026-10-25T22:59:59.999Z', '2026-10-25', 'and ends at +01:00'],
    ['2026-10-25T23:00:00Z', '2026-10-26', 'the day after the autumn change'],
    ['2026-10-25T00:30:00Z', '2026-10-25', 'the first 02:30'],
    ['2026-10-25T01:30:00Z', '2026-10-25', 'the second 02:30'],
  ])('at %s is %s: %s', (at, expected) => {
    expect(warsawDay(instant(at)).toString()).toBe(expected);
  });
});

describe('the ends of a Warsaw day', () => {
  it.each([
    ['2026-11-23', '2026-11-22T23:00:00Z', '2026-11-23T22:59:59.999Z', 24],
    ['2026-07-15', '2026-07-14T22:00:00Z', '2026-07-15T21:59:59.999Z', 24],
    ['2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59.999Z', 23],
    ['2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T22:59:59.999Z', 25],
  ])('of %s are %s and %s', (text, start, end, hours) => {
    expect(startOfWarsawDay(day(text)).toString()).toBe(start);
    expect(endOfWarsawDay(day(text)).toString()).toBe(end);
    const lengthMs = endOfWarsawDay(day(text)).epochMilliseconds + 1 - startOfWarsawDay(day(text)).epochMilliseconds;
    expect(lengthMs).toBe(hours * 3_600_000);
  });
});

it('writes moments as people in Poland read them', () => {
  expect(warsawText(instant('2026-11-23T14:00:00Z'))).toBe('2026-11-23 15:00');
  expect(warsawText(instant('2026-03-30T22:15:00Z'))).toBe('2026-03-31 00:15');
});

it('orders moments strictly', () => {
  expect(isBefore(instant('2026-11-23T14:00:00Z'), instant('2026-11-23T14:00:00.001Z'))).toBe(true);
  expect(isBefore(instant('2026-11-23T14:00:00Z'), instant('2026-11-23T14:00:00Z'))).toBe(false);
  expect(isBefore(instant('2026-11-23T14:00:00.001Z'), instant('2026-11-23T14:00:00Z'))).toBe(false);
});
