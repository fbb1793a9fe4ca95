import { describe, expect, it } from '@jest/globals';
import { modeNow } from '../legal-situation/mode-now.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import { outagesFrom } from '../outage/outage.js';
import { Temporal } from '../shared/instant.js';
import { aBulletin, aMaintenanceBulletin } from '../testing/bulletins.js';
import { classifyAtIssue } from './classify-at-issue.js';
import { deadlineFor } from './deadline.js';
import { calendar, dayOf, subjectOf } from './testing/worked-examples.js';

const noon = Temporal.Instant.from('2026-11-23T12:00:00+01:00');
const failure = aBulletin();
const maintenance = aMaintenanceBulletin({ start: '2026-11-23T08:00:00+01:00', end: '2026-11-23T14:00:00+01:00' });
const total = aBulletin({ id: 'K/2026/AWC/01', eventId: '1002', category: 'total-failure' });

describe('classifyAtIssue', () => {
  it('is offline24 while nothing announced is in force', () => {
    expect(classifyAtIssue(noon, [])).toEqual({ mode: 'offline24' });
    const before = Temporal.Instant.from('2026-11-23T07:59:59+01:00');
    expect(classifyAtIssue(before, outagesFrom([failure, maintenance, total]))).toEqual({ mode: 'offline24' });
  });

  it('is unavailability during maintenance', () => {
    const [outage] = outagesFrom([maintenance]);
    expect(classifyAtIssue(noon, outagesFrom([maintenance]))).toEqual({ mode: 'unavailability', outage });
  });

  it('puts a failure before maintenance, and a total failure before both', () => {
    expect(classifyAtIssue(noon, outagesFrom([maintenance, failure]))).toMatchObject({
      mode: 'emergency',
      outage: { eventId: '1001' },
    });
    expect(classifyAtIssue(noon, outagesFrom([maintenance, failure, total]))).toMatchObject({
      mode: 'total-failure',
      outage: { eventId: '1002' },
    });
  });
});

describe('the circumstances at the turn of a day', () => {
  const modeAt = (moment: string, ...bulletins: readonly AvailabilityBulletin[]) =>
    classifyAtIssue(Temporal.Instant.from(moment), outagesFrom(bulletins)).mode;

  it.each([
    ['a failure that ends at midnight in winter', '2026-11-24T00:00:00+01:00', '2026-11-23T22:59:59.999Z', true],
    ['a failure that ends at midnight in winter', '2026-11-24T00:00:00+01:00', '2026-11-23T23:00:00Z', false],
    ['a failure that ends at midnight in summer', '2026-07-15T00:00:00+02:00', '2026-07-14T21:59:59.999Z', true],
    ['a failure that ends at midnight in summer', '2026-07-15T00:00:00+02:00', '2026-07-14T22:00:00Z', false],
    ['one that ends at the second 02:30 of autumn', '2026-10-25T02:30:00+01:00', '2026-10-25T02:30:00+02:00', true],
    ['one that ends at the second 02:30 of autumn', '2026-10-25T02:30:00+01:00', '2026-10-25T02:29:59.999+01:00', true],
    ['one that ends at the second 02:30 of autumn', '2026-10-25T02:30:00+01:00', '2026-10-25T02:30:00+01:00', false],
    ['one that ends at the first 02:30 of autumn', '2026-10-25T02:30:00+02:00', '2026-10-25T02:00:00+01:00', false],
    ['one that ends as the clock jumps in spring', '2026-03-29T03:00:00+02:00', '2026-03-29T01:59:59.999+01:00', true],
    ['one that ends as the clock jumps in spring', '2026-03-29T03:00:00+02:00', '2026-03-29T02:00:00+01:00', false],
  ])('%s (%s) covers %s: %s', (_what, end, moment, covered) => {
    const started = Temporal.Instant.from(end).subtract({ hours: 12 }).toString();
    const failure = aBulletin({ start: started, end });
    expect(modeAt(moment, failure)).toBe(covered ? 'emergency' : 'offline24');
  });

  it('are those of the outage from the very moment it begins', () => {
    const fromMidnight = aBulletin({ start: '2026-11-24T00:00:00+01:00' });
    expect(modeAt('2026-11-23T23:59:59.999+01:00', fromMidnight)).toBe('offline24');
    expect(modeAt('2026-11-24T00:00:00+01:00', fromMidnight)).toBe('emergency');
    const inTheSecondHour = aMaintenanceBulletin({
      start: '2026-10-25T02:00:00+01:00',
      end: '2026-10-25T03:00:00+01:00',
    });
    expect(modeAt('2026-10-25T02:15:00+02:00', inTheSecondHour)).toBe('offline24');
    expect(modeAt('2026-10-25T02:15:00+01:00', inTheSecondHour)).toBe('unavailability');
  });

  it('decide the mode of an invoice issued now, while KSeF answers and while it does not', () => {
    const failure = outagesFrom([aBulletin({ start: '2026-10-24T20:00:00+02:00', end: '2026-10-25T02:30:00+01:00' })]);
    const decide = (moment: string, ksefReachable: boolean) => {
      const now = Temporal.Instant.from(moment);
      const connection = { ksefReachable, ksefDetail: '', ksefCheckedAt: now, latarnia: 'unknown' as const };
      return modeNow(now, failure, connection);
    };
    for (const reachable of [true, false]) {
      expect(decide('2026-10-25T02:30:00+02:00', reachable)).toMatchObject({
        mode: 'emergency',
        evidence: { kind: 'bulletin', bulletinId: 'K/2026/AWR/01', version: 1 },
      });
    }
    expect(decide('2026-10-25T02:30:00+01:00', true)).toMatchObject({
      mode: 'online',
      evidence: { kind: 'own-choice' },
    });
    expect(decide('2026-10-25T02:30:00+01:00', false)).toMatchObject({
      mode: 'offline24',
      evidence: { kind: 'own-choice' },
    });
  });

  it.each([
    ['midnight in winter', '2026-11-23T23:59:59.999+01:00', '2026-11-24', '2026-11-24T00:00:00+01:00', '2026-11-25'],
    ['the spring change', '2026-03-28T23:59:59.999+01:00', '2026-03-30', '2026-03-29T00:00:00+01:00', '2026-03-30'],
    [
      'after the spring change',
      '2026-03-29T23:59:59.999+02:00',
      '2026-03-30',
      '2026-03-30T00:00:00+02:00',
      '2026-03-31',
    ],
    [
      'after the autumn change',
      '2026-10-25T23:59:59.999+01:00',
      '2026-10-26',
      '2026-10-26T00:00:00+01:00',
      '2026-10-27',
    ],
  ])('give the next business day on both sides of %s', (_what, before, dueBefore, after, dueAfter) => {
    const due = (moment: string) =>
      dayOf(deadlineFor(subjectOf({ issuedAt: moment, mode: 'OFFLINE24' }), [], calendar));
    expect([due(before), due(after)]).toEqual([dueBefore, dueAfter]);
  });
});
