import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addBusinessDays } from '../calendar/business-day-calendar.js';
import { warsawDay } from '../calendar/warsaw-time.js';
import type { Outage, OutageCategory } from '../outage/outage.js';
import { Temporal } from '../shared/instant.js';
import { rulesWith } from './deadline-rules.js';
import { deadlineFor, outagesTelling, type Deadline } from './deadline.js';
import {
  anOutage as outage,
  calendar,
  dayOf,
  deadlineOfExample,
  REGIMES,
  subjectOf,
  WORKED_EXAMPLES,
} from './testing/worked-examples.js';

/** Left to the rule of the sending time (domain rules 1.9): issued online, and re-labelled, or not, by when they arrive. */
const DECIDED_BY_SENDING_TIME = ['A04', 'A05', 'A06', 'A07', 'H01', 'H02'];

function deadlineOf(issuedAt: string, outages: readonly Outage[]): Deadline {
  const moment = Temporal.Instant.from(issuedAt);
  return deadlineFor({ issueDate: warsawDay(moment), issuedAt: moment }, outages, calendar);
}

describe('the worked examples of the deadline rules', () => {
  const computable = WORKED_EXAMPLES.filter(({ mode }) => mode !== 'ONLINE');

  it('leave exactly those to the sending time that were declared online', () => {
    const left = WORKED_EXAMPLES.filter((example) => !computable.includes(example)).map(({ id }) => id);
    expect(left).toEqual(DECIDED_BY_SENDING_TIME);
    expect(computable).toHaveLength(63);
  });

  it.each(
    computable.map(
      (example) => [example.id, example.expectedMode, example.expectedDueDate ?? 'none', example] as const,
    ),
  )('%s gives %s, %s', (_id, mode, due, example) => {
    const deadline = deadlineOfExample(example);
    expect([deadline.regime, dayOf(deadline)]).toEqual([REGIMES[mode], due]);
    expect(deadline.explanation.length).toBeGreaterThan(0);
  });
});

describe('a deadline', () => {
  it('is the end of the day in Warsaw, in winter and in summer', () => {
    expect(deadlineOf('2026-11-23T11:00:00+01:00', [])).toMatchObject({
      kind: 'due',
      regime: 'offline24',
      basis: 'art. 106nda(2)',
      calendarVersion: 'pl-2025.1',
      endsAt: Temporal.Instant.from('2026-11-24T22:59:59.999Z'),
    });
    expect(deadlineOf('2026-07-14T11:00:00+02:00', [])).toMatchObject({
      endsAt: Temporal.Instant.from('2026-07-15T21:59:59.999Z'),
    });
  });

  it('counts from P_1, not from the moment of issue', () => {
    const issuedAt = Temporal.Instant.from('2026-11-23T11:00:00+01:00');
    const backDated = { issueDate: Temporal.PlainDate.from('2026-11-19'), issuedAt };
    expect(dayOf(deadlineFor(backDated, [], calendar))).toBe('2026-11-20');
  });

  it('is open while the failure that governs it has not ended', () => {
    const failure = outage('failure', '1', '2026-11-23T09:00:00+01:00', null);
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [failure])).toMatchObject({
      kind: 'open',
      regime: 'emergency',
      basis: 'art. 106nf(4)',
    });
  });

  it('is open for a waiting offline24 invoice that a failure caught, until that ends', () => {
    const failure = outage('failure', '1', '2026-11-24T09:00:00+01:00', null);
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [failure])).toMatchObject({
      kind: 'open',
      regime: 'emergency',
      basis: 'art. 106nha',
    });
  });

  it('is open during maintenance whose end is not known', () => {
    const maintenance = outage('maintenance', '1', '2026-11-23T09:00:00+01:00', null);
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [maintenance])).toMatchObject({
      kind: 'open',
      regime: 'unavailability',
      basis: 'art. 106nh(2)',
    });
  });

  it('stays open when one of two failures has ended and the other has not', () => {
    const lasting = outage('failure', '1', '2026-11-23T09:00:00+01:00', null);
    const ended = outage('failure', '2', '2026-11-24T09:00:00+01:00', '2026-11-24T12:00:00+01:00');
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [lasting, ended])).toMatchObject({ kind: 'open' });
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [ended, lasting])).toMatchObject({ kind: 'open' });
  });

  it('counts from the later end of two failures that were both announced before the issue', () => {
    const short = outage('failure', '1', '2026-11-23T08:00:00+01:00', '2026-11-23T15:00:00+01:00');
    const long = outage('failure', '2', '2026-11-23T09:00:00+01:00', '2026-11-25T18:00:00+01:00');
    expect(dayOf(deadlineOf('2026-11-23T10:00:00+01:00', [short, long]))).toBe('2026-12-04');
    expect(dayOf(deadlineOf('2026-11-23T10:00:00+01:00', [long, short]))).toBe('2026-12-04');
  });

  it('is that of a failure which covers the issue, however late it is announced, unless the tenant wants it in time', () => {
    const late = outage(
      'failure',
      '1',
      '2026-11-23T09:00:00+01:00',
      '2026-11-25T15:00:00+01:00',
      '2026-11-25T06:00:00+01:00',
    );
    const subject = {
      issueDate: Temporal.PlainDate.from('2026-11-23'),
      issuedAt: Temporal.Instant.from('2026-11-23T11:00:00+01:00'),
    };
    expect(deadlineFor(subject, [late], calendar)).toMatchObject({
      regime: 'emergency',
      day: Temporal.PlainDate.from('2026-12-04'),
    });
    const inTime = deadlineFor(
      subject,
      [late],
      calendar,
      rulesWith({ issueBeforeAnnouncement: 'stated-period-in-time' }),
    );
    expect(inTime).toMatchObject({ regime: 'offline24', day: Temporal.PlainDate.from('2026-11-24') });
    expect(inTime.explanation.join(' ')).toContain('no effect');
  });

  it('is not changed by a failure that began after the issue and is announced after the due day', () => {
    const late = outage(
      'failure',
      '1',
      '2026-11-23T12:00:00+01:00',
      '2026-11-25T15:00:00+01:00',
      '2026-11-25T06:00:00+01:00',
    );
    const deadline = deadlineOf('2026-11-23T11:00:00+01:00', [late]);
    expect(deadline).toMatchObject({ regime: 'offline24', day: Temporal.PlainDate.from('2026-11-24') });
    expect(deadline.explanation.join(' ')).toContain('have a tax adviser review it');
  });

  it('counts from the maintenance that ends last, whichever was announced first', () => {
    const short = outage('maintenance', '1', '2026-12-08T08:00:00+01:00', '2026-12-08T14:00:00+01:00');
    const long = outage('maintenance', '2', '2026-12-08T08:30:00+01:00', '2026-12-10T11:00:00+01:00');
    const endless = outage('maintenance', '3', '2026-12-08T08:45:00+01:00', null);
    for (const both of [
      [short, long],
      [long, short],
    ]) {
      expect(dayOf(deadlineOf('2026-12-08T09:00:00+01:00', both))).toBe('2026-12-11');
      expect(dayOf(deadlineOf('2026-12-08T09:00:00+01:00', [...both, endless]))).toBe('open');
    }
  });

  it('names a failure announced before the issue that begins after it, and moves by it where the tenant reads it so', () => {
    const yetToBegin = outage(
      'failure',
      '1',
      '2026-11-23T11:00:00+01:00',
      '2026-11-25T12:00:00+01:00',
      '2026-11-23T09:05:00+01:00',
    );
    const subject = subjectOf({ issuedAt: '2026-11-23T10:00:00+01:00', mode: 'OFFLINE24' });
    const deadline = deadlineFor(subject, [yetToBegin], calendar);
    expect(dayOf(deadline)).toBe('2026-11-24');
    expect(deadline.explanation.at(-1)).toBe(
      'Failure bulletin-1 was announced on 2026-11-23 09:05, before the issue, and begins on 2026-11-23 11:00, after it: no effect.',
    );
    const moves = rulesWith({ failureYetToBegin: 'moves' });
    expect(dayOf(deadlineFor(subject, [yetToBegin], calendar, moves))).toBe('2026-12-04');
    const tooLate = { ...yetToBegin, start: Temporal.Instant.from('2026-11-25T00:00:00+01:00') };
    expect(dayOf(deadlineFor(subject, [tooLate], calendar, moves))).toBe('2026-11-24');
  });

  it('of a back-dated invoice is not cured by an outage that came after its own day, unless the tenant reads it so', () => {
    const failure = outage('failure', '1', '2026-11-20T09:00:00+01:00', '2026-11-20T15:00:00+01:00');
    const planned = outage(
      'maintenance',
      '2',
      '2026-11-20T08:00:00+01:00',
      '2026-11-20T16:00:00+01:00',
      '2026-11-02T10:00:00+01:00',
    );
    const subject = {
      issueDate: Temporal.PlainDate.from('2026-11-03'),
      issuedAt: Temporal.Instant.from('2026-11-20T12:00:00+01:00'),
    };
    const strict = { kind: 'due', regime: 'offline24', day: Temporal.PlainDate.from('2026-11-04') };
    expect(deadlineFor(subject, [failure], calendar)).toMatchObject(strict);
    expect(deadlineFor(subject, [planned], calendar)).toMatchObject(strict);
    expect(outagesTelling(subject, [failure, planned], calendar)).toEqual([]);
    const rules = rulesWith({ backDatedIssue: 'moment-decides' });
    expect(deadlineFor(subject, [failure], calendar, rules)).toMatchObject({ regime: 'emergency' });
    expect(outagesTelling(subject, [failure, planned], calendar, rules)).toEqual([failure, planned]);

    const announcedLater = { ...failure, announcedAt: Temporal.Instant.from('2026-11-20T13:00:00+01:00') };
    expect(deadlineFor(subject, [announcedLater], calendar)).toMatchObject(strict);
    expect(deadlineFor(subject, [announcedLater], calendar, rules)).toMatchObject({ regime: 'emergency' });

    const yesterday = { ...subject, issueDate: Temporal.PlainDate.from('2026-11-19') };
    expect(deadlineFor(yesterday, [failure], calendar)).toMatchObject({ regime: 'emergency' });
    expect(outagesTelling(yesterday, [failure], calendar)).toEqual([failure]);
  });

  it('says which articles moved it', () => {
    const first = outage('failure', '1', '2026-11-23T09:00:00+01:00', '2026-11-23T15:00:00+01:00');
    const second = outage('failure', '2', '2026-12-02T08:00:00+01:00', '2026-12-02T20:00:00+01:00');
    const total = outage('total-failure', '3', '2026-11-27T12:00:00+01:00', null);
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [first])).toMatchObject({ basis: 'art. 106nf(4)' });
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [first, second])).toMatchObject({ basis: 'art. 106nf(5)' });
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [first, total])).toMatchObject({ basis: 'art. 106nf(7)' });
    expect(deadlineOf('2026-11-23T08:00:00+01:00', [total])).toMatchObject({ kind: 'due' });
    const totalNextDay = outage('total-failure', '4', '2026-11-24T08:00:00+01:00', null);
    expect(deadlineOf('2026-11-23T08:00:00+01:00', [totalNextDay])).toMatchObject({
      kind: 'none',
      basis: 'art. 106nha',
    });
  });

  it('is not moved earlier by a short failure that turns out to cover an issue during long maintenance', () => {
    const maintenance = outage('maintenance', '1', '2026-11-23T08:00:00+01:00', '2026-12-07T08:00:00+01:00');
    const before = ['2026-11-23T10:00:00+01:00', [maintenance]] as const;
    expect(dayOf(deadlineOf(...before))).toBe('2026-12-08');
    const hours = ['2026-11-23T09:00:00+01:00', '2026-11-23T12:00:00+01:00'] as const;
    const announcedLater = outage('failure', '2', ...hours, '2026-11-23T11:00:00+01:00');
    const deadline = deadlineOf(before[0], [maintenance, announcedLater]);
    expect(deadline).toMatchObject({ regime: 'emergency', day: Temporal.PlainDate.from('2026-12-08') });
    expect(deadline.explanation.at(-1)).toBe('2026-12-08 already stood and is later: a deadline never moves earlier.');
    const announcedBefore = outage('failure', '2', ...hours);
    expect(dayOf(deadlineOf(before[0], [maintenance, announcedBefore]))).toBe('2026-12-02');
  });

  it('asks for a review of a late message that states an early start', () => {
    const late = outage('failure', '1', '2026-11-24T22:00:00+01:00', null, '2026-11-25T06:00:00+01:00');
    expect(deadlineOf('2026-11-23T11:00:00+01:00', [late]).explanation.at(-1)).toBe(
      'Failure bulletin-1 was announced on 2026-11-25 06:00, after the due day 2026-11-24 had passed: no effect. ' +
        'The message states a start before that day ended (2026-11-24 22:00): have a tax adviser review it.',
    );
  });

  it('is not touched by what is announced after KSeF has the invoice', () => {
    const failure = outage('failure', '1', '2026-11-24T15:00:00+01:00', null);
    const subject = {
      issueDate: Temporal.PlainDate.from('2026-11-23'),
      issuedAt: Temporal.Instant.from('2026-11-23T11:00:00+01:00'),
    };
    const sentAt = (text: string) => ({ ...subject, deliveredAt: Temporal.Instant.from(text) });
    expect(dayOf(deadlineFor(sentAt('2026-11-24T14:59:59+01:00'), [failure], calendar))).toBe('2026-11-24');
    expect(dayOf(deadlineFor(sentAt('2026-11-24T15:00:00+01:00'), [failure], calendar))).toBe('open');
  });

  it('names the versions of all it was computed from', () => {
    const failure = {
      ...outage('failure', '1', '2026-11-23T09:00:00+01:00', '2026-11-23T15:00:00+01:00'),
      announcement: { bulletinId: 'K/2026/AWR/01', version: 3 },
      announcedBy: { bulletinId: 'K/2026/AWR/01', version: 1 },
      ending: { bulletinId: 'K/2026/AWR/02', version: 2 },
    };
    const ended = outage('failure', '2', '2026-11-20T09:00:00+01:00', '2026-11-20T15:00:00+01:00');
    const late = outage('failure', '3', '2026-12-03T08:00:00+01:00', '2026-12-03T20:00:00+01:00');
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [late, failure, ended])).toMatchObject({
      calendarVersion: 'pl-2025.1',
      inputs: {
        rulesVersion: 'pl-vat-2026.2',
        changedPolicies: {},
        bulletins: [
          { bulletinId: 'K/2026/AWR/01', version: 1 },
          { bulletinId: 'K/2026/AWR/01', version: 3 },
          { bulletinId: 'K/2026/AWR/02', version: 2 },
          { bulletinId: 'bulletin-3', version: 1 },
        ],
      },
    });
    expect(deadlineOf('2026-11-23T16:00:00+01:00', [failure]).inputs?.bulletins).toEqual([]);
  });

  it('explains itself step by step', () => {
    const first = outage('failure', '1', '2026-11-23T09:00:00+01:00', '2026-11-23T15:00:00+01:00');
    const late = outage('failure', '2', '2026-12-03T08:00:00+01:00', '2026-12-03T20:00:00+01:00');
    expect(deadlineOf('2026-11-23T10:00:00+01:00', [first, late]).explanation).toEqual([
      'Issued during the failure announced as bulletin-1.',
      'The failure ended on 2026-11-23 15:00: seven business days end on 2026-12-02 (art. 106nf(4)).',
      'Failure bulletin-2 was announced on 2026-12-03 08:00, after the due day 2026-12-02 had passed: no effect.',
    ]);
  });
});

describe('any deadline', () => {
  const hour = fc.integer({ min: 0, max: 24 * 40 });
  const base = Temporal.Instant.from('2026-12-01T00:00:00+01:00');
  const after = (hours: number) => base.add({ hours });
  const period = fc
    .record({
      category: fc.constantFrom<OutageCategory>('failure', 'maintenance', 'total-failure'),
      start: hour,
      lasts: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
      publishedLater: fc.integer({ min: -30, max: 30 }),
    })
    .map(({ category, start, lasts, publishedLater }): Outage => ({
      eventId: `${category}-${String(start)}-${String(publishedLater)}`,
      category,
      start: after(start),
      ...(lasts === undefined ? {} : { end: after(start + lasts) }),
      announcedAt: after(start + publishedLater),
      announcement: { bulletinId: 'b', version: 1 },
    }));
  const periods = fc.array(period, { maxLength: 5 });
  const subject = hour.map((at) => ({ issuedAt: after(at), issueDate: warsawDay(after(at)) }));

  it('falls on a business day after P_1, ends at 23:59:59.999 in Warsaw, and says why', () => {
    fc.assert(
      fc.property(subject, periods, (invoice, outages) => {
        const deadline = deadlineFor(invoice, outages, calendar);
        expect(deadline.explanation.length).toBeGreaterThan(0);
        if (deadline.kind !== 'due') return;
        expect(deadline.explanation.join('\n')).toContain(deadline.basis);
        expect(calendar.isBusinessDay(deadline.day)).toBe(true);
        const first = addBusinessDays(invoice.issueDate, 1, calendar);
        expect(Temporal.PlainDate.compare(deadline.day, first)).toBeGreaterThanOrEqual(0);
        const ends = deadline.endsAt.toZonedDateTimeISO('Europe/Warsaw');
        expect(ends.toPlainDateTime().toString()).toBe(`${deadline.day.toString()}T23:59:59.999`);
      }),
      { numRuns: 1000 },
    );
  });

  it('never moves earlier by a failure announced while the invoice waits', () => {
    fc.assert(
      fc.property(subject, periods, fc.nat(), fc.integer({ min: 1, max: 200 }), (invoice, outages, into, lasts) => {
        const before = deadlineFor(invoice, outages, calendar);
        if (before.kind !== 'due') return;
        const latest = [invoice.issuedAt, ...outages.map(({ announcedAt }) => announcedAt)].reduce((a, b) =>
          Temporal.Instant.compare(a, b) < 0 ? b : a,
        );
        const roomHours = Math.floor((before.endsAt.epochMilliseconds - latest.epochMilliseconds) / 3_600_000);
        if (roomHours < 1) return;
        const start = latest.add({ hours: (into % roomHours) + 1 });
        const later: Outage = {
          eventId: 'later',
          category: 'failure',
          start,
          end: start.add({ hours: lasts }),
          announcedAt: start,
          announcement: { bulletinId: 'later', version: 1 },
        };
        const moved = deadlineFor(invoice, [...outages, later], calendar);
        expect(moved).toMatchObject({ kind: 'due', regime: 'emergency' });
        if (moved.kind !== 'due') return;
        expect(Temporal.PlainDate.compare(moved.day, before.day)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });
});
