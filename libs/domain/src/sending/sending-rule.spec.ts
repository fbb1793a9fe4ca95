import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from '../shared/instant.js';
import { decideSendingRule, scheduledAt, type SendingSchedule } from './sending-rule.js';

const at = (text: string) => Temporal.Instant.from(text);
const warsaw = (schedule: SendingSchedule, since: string, linger = 120) =>
  scheduledAt(schedule, at(since), linger).toZonedDateTimeISO('Europe/Warsaw').toString({ timeZoneName: 'never' });

describe('the moment at which a schedule sends what waits', () => {
  const daily = { kind: 'daily', times: ['09:00', '18:00'] } as const;
  const quarters = { kind: 'every', minutes: 15 } as const;
  it.each([
    [{ kind: 'as-they-come' } as const, '2026-11-23T10:00:00+01:00', '2026-11-23T10:02:00+01:00'],
    [daily, '2026-11-23T08:59:59+01:00', '2026-11-23T09:00:00+01:00'],
    [daily, '2026-11-23T09:00:00+01:00', '2026-11-23T09:00:00+01:00'],
    [daily, '2026-11-23T09:00:00.001+01:00', '2026-11-23T18:00:00+01:00'],
    [daily, '2026-11-23T23:30:00+01:00', '2026-11-24T09:00:00+01:00'],
    [quarters, '2026-11-23T10:00:00+01:00', '2026-11-23T10:00:00+01:00'],
    [quarters, '2026-11-23T10:00:01+01:00', '2026-11-23T10:15:00+01:00'],
    // Slots of seven hours begin anew at midnight: 0, 7, 14, 21.
    [{ kind: 'every', minutes: 420 } as const, '2026-11-23T22:00:00+01:00', '2026-11-24T00:00:00+01:00'],
    // The clocks go forward at 2:00: 2:30 is shown as 3:30.
    [{ kind: 'daily', times: ['02:30'] } as const, '2026-03-29T00:00:00+01:00', '2026-03-29T03:30:00+02:00'],
    // They go back at 3:00: 2:30 comes twice, and the first one counts.
    [{ kind: 'daily', times: ['02:30'] } as const, '2026-10-25T00:00:00+02:00', '2026-10-25T02:30:00+02:00'],
  ])('%j, waiting since %s, is %s', (schedule, since, expected) => {
    expect(warsaw(schedule, since)).toBe(expected);
  });

  it('is never before the wait begins, and at most a day and an hour after it', () => {
    const schedules = fc.oneof(
      fc.record({ kind: fc.constant('every' as const), minutes: fc.integer({ min: 5, max: 720 }) }),
      fc.record({
        kind: fc.constant('daily' as const),
        times: fc.constantFrom(['00:00'], ['02:30'], ['23:59'], ['06:00', '18:00']),
      }),
    );
    const hour = fc.integer({
      min: at('2026-01-01T00:00Z').epochMilliseconds,
      max: at('2027-12-31T00:00Z').epochMilliseconds,
    });
    fc.assert(
      fc.property(schedules, hour, (schedule, ms) => {
        const since = Temporal.Instant.fromEpochMilliseconds(ms);
        const waited = scheduledAt(schedule, since, 0).epochMilliseconds - ms;
        return waited >= 0 && waited <= 25 * 3_600_000;
      }),
    );
  });
});

describe('deciding a rule', () => {
  const wanted = {
    ...{ schedule: { kind: 'as-they-come' } as SendingSchedule, hoursBeforeTarget: 6 },
    ...{ person: ' Anna ', actor: 'api-key:7', reason: 'Night shift.' },
  };
  const decide = (change: Partial<typeof wanted>) =>
    decideSendingRule({ ...wanted, ...change }, at('2026-11-23T10:00Z'));

  it('keeps who, when and why, and brings times into order', () => {
    const decided = decide({ schedule: { kind: 'daily', times: ['18:00', '06:30', '18:00'] } });
    expect(decided).toEqual({
      ok: true,
      value: {
        ...wanted,
        person: 'Anna',
        schedule: { kind: 'daily', times: ['06:30', '18:00'] },
        decidedAt: at('2026-11-23T10:00Z'),
      },
    });
  });

  it.each([
    [{ schedule: { kind: 'every', minutes: 4 } as const }, ['SCHEDULE_INVALID']],
    [{ schedule: { kind: 'every', minutes: 721 } as const }, ['SCHEDULE_INVALID']],
    [{ schedule: { kind: 'every', minutes: 7.5 } as const }, ['SCHEDULE_INVALID']],
    [{ schedule: { kind: 'daily', times: [] } as const }, ['SCHEDULE_INVALID']],
    [{ schedule: { kind: 'daily', times: ['24:00'] } as const }, ['SCHEDULE_INVALID']],
    [{ hoursBeforeTarget: 0, person: ' ' }, ['HOURS_BEFORE_TARGET_INVALID', 'PERSON_MISSING']],
    [{ hoursBeforeTarget: 73, reason: '' }, ['HOURS_BEFORE_TARGET_INVALID', 'REASON_MISSING']],
  ])('refuses %j with %j', (change, codes) => {
    const decided = decide(change);
    expect(decided.ok ? [] : decided.error.map(({ code }) => code)).toEqual(codes);
  });
});
