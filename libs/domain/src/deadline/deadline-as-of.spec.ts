import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isBefore } from '../calendar/warsaw-time.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import { outagesFrom, type Outage } from '../outage/outage.js';
import { Temporal } from '../shared/instant.js';
import { aBulletin, anEndBulletin } from '../testing/bulletins.js';
import { lawOf } from './law-of.js';
import { deadlineAsOf } from './testing/as-of.js';
import { POLICY_NAMES, readingsOf, rulesWith } from './deadline-rules.js';
import { deadlineFor, type Deadline, type DerivedDeadline } from './deadline.js';
import { anyHistory, anyInvoice, hoursAfterBase } from './testing/message-histories.js';
import { calendar, dayOf } from './testing/worked-examples.js';

const at = (text: string) => Temporal.Instant.from(text);
const LONG_AFTER = at('2030-01-01T00:00:00Z');

describe('a deadline as it was known at a moment', () => {
  const subject = { issueDate: Temporal.PlainDate.from('2026-11-23'), issuedAt: at('2026-11-23T11:00:00+01:00') };
  const failure = { start: '2026-11-24T09:00:00+01:00' };
  const archive: readonly AvailabilityBulletin[] = [
    aBulletin({ ...failure, publishedAt: '2026-11-24T09:30:00+01:00', fetchedAt: at('2026-11-24T10:01:00+01:00') }),
    anEndBulletin({ ...failure, end: '2026-11-24T15:00:00+01:00', fetchedAt: at('2026-11-24T15:10:00+01:00') }),
    anEndBulletin({
      ...failure,
      version: 2,
      end: '2026-11-25T15:00:00+01:00',
      fetchedAt: at('2026-11-25T15:10:00+01:00'),
    }),
  ];
  const asOf = (moment: string) => deadlineAsOf(subject, archive, at(moment));

  it.each([
    ['2026-11-24T10:00:00+01:00', '2026-11-24', 'before we had read the announcement, published as it was'],
    ['2026-11-24T10:01:00+01:00', 'open', 'from the moment we had read it'],
    ['2026-11-24T15:09:59.999+01:00', 'open', 'before we had read the end message'],
    ['2026-11-24T15:10:00+01:00', '2026-12-03', 'from the moment we had'],
    ['2026-11-25T15:10:00+01:00', '2026-12-04', 'after the end was corrected'],
  ])('at %s was %s: %s', (moment, expected) => {
    expect(dayOf(asOf(moment))).toBe(expected);
  });

  it('names the versions known then', () => {
    expect(asOf('2026-11-24T16:00:00+01:00').inputs.bulletins).toEqual([
      { bulletinId: 'K/2026/AWR/01', version: 1 },
      { bulletinId: 'K/2026/AWR/02', version: 1 },
    ]);
    expect(asOf('2026-11-26T16:00:00+01:00').inputs.bulletins).toEqual([
      { bulletinId: 'K/2026/AWR/01', version: 1 },
      { bulletinId: 'K/2026/AWR/02', version: 2 },
    ]);
  });

  it('counts messages that came before the invoice was delivered, and no others', () => {
    const delivered = { ...subject, deliveredAt: at('2026-11-24T09:15:00+01:00') };
    expect(dayOf(deadlineAsOf(delivered, archive, LONG_AFTER))).toBe('2026-11-24');
    const sentAfter = { ...subject, deliveredAt: at('2026-11-24T12:00:00+01:00') };
    expect(dayOf(deadlineAsOf(sentAfter, archive, at('2026-11-24T11:00:00+01:00')))).toBe('open');
  });

  it('takes no total failure into account before somebody vouched for it', () => {
    const total = aBulletin({ ...failure, category: 'total-failure' });
    const vouched = { person: 'Ewa', actor: 'api-key:1', readAt: 'Polskie Radio, 12:00' };
    const confirmation = {
      ...vouched,
      eventId: total.eventId,
      bulletinId: total.id,
      version: 1,
      confirmedAt: at('2026-11-24T12:10:00+01:00'),
    };
    const known = (moment: string) => dayOf(deadlineAsOf(subject, [total], at(moment), [confirmation]));
    expect(known('2026-11-24T12:09:59+01:00')).toBe('2026-11-24');
    expect(known('2026-11-24T12:10:00+01:00')).toBe('none');
    expect(dayOf(deadlineAsOf(subject, [total], LONG_AFTER, []))).toBe('2026-11-24');
  });
});

describe('the law of a stored deadline', () => {
  const subject = { issueDate: Temporal.PlainDate.from('2026-11-20'), issuedAt: at('2026-11-20T11:00:00+01:00') };

  it('gives the same deadline again', () => {
    const rules = rulesWith({ saturday: 'business-day', endAtMidnight: 'day-before' });
    const stored = JSON.parse(JSON.stringify(deadlineFor(subject, [], calendar, rules))) as Deadline;
    const law = lawOf(stored);
    expect(law?.rules).toEqual(rules);
    expect(law && deadlineFor(subject, [], law.calendar, law.rules)).toEqual(deadlineFor(subject, [], calendar, rules));
    expect(law && dayOf(deadlineFor(subject, [], law.calendar, law.rules))).toBe('2026-11-21');
  });

  it('is not known for a value of other rules, or of none', () => {
    const stored = deadlineFor(subject, [], calendar);
    const { inputs, ...before } = stored;
    expect(lawOf(before)).toBeUndefined();
    expect(lawOf({ ...stored, inputs: { ...inputs, rulesVersion: 'pl-vat-2020.1' } })).toBeUndefined();
    expect(lawOf({ ...stored, calendarVersion: 'pl-1990.1' })).toBeUndefined();
  });
});

/** Days by their number; what has no day yet, or never, comes after all days. */
function rank(deadline: Deadline): number {
  if (deadline.kind === 'due') return deadline.endsAt.epochMilliseconds;
  return deadline.kind === 'open' ? Number.MAX_SAFE_INTEGER - 1 : Number.MAX_SAFE_INTEGER;
}

const RUNS = { numRuns: 600 };

describe('any deadline, for any history of messages', () => {
  const now = (invoice: Parameters<typeof deadlineAsOf>[0], history: readonly AvailabilityBulletin[]) =>
    deadlineAsOf(invoice, history, LONG_AFTER);

  it('does not depend on the order of the messages, nor on repeats', () => {
    const shuffled = anyHistory.chain((history) =>
      fc.tuple(
        fc.constant(history),
        fc.shuffledSubarray([...history, ...history], { minLength: 2 * history.length, maxLength: 2 * history.length }),
      ),
    );
    fc.assert(
      fc.property(anyInvoice, shuffled, (invoice, [history, again]) => {
        const value = now(invoice, history);
        expect(now(invoice, again)).toEqual(value);
        const outages = outagesFrom(history);
        expect(deadlineFor(invoice, [...outages, ...outages].reverse(), calendar)).toEqual(value);
      }),
      RUNS,
    );
  });

  it('is the same each time it is derived, and as of now the present one', () => {
    fc.assert(
      fc.property(anyInvoice, anyHistory, (invoice, history) => {
        const present = deadlineFor(invoice, outagesFrom(history), calendar);
        expect(deadlineFor(invoice, outagesFrom(history), calendar)).toEqual(present);
        expect(now(invoice, history)).toEqual(present);
      }),
      RUNS,
    );
  });

  it('as of a moment does not depend on what was read later', () => {
    fc.assert(
      fc.property(anyInvoice, anyHistory, anyHistory, fc.nat({ max: 1000 }), (invoice, history, other, hours) => {
        const moment = hoursAfterBase(hours);
        const later = other.map((bulletin) => ({
          ...bulletin,
          eventId: `later-${bulletin.eventId}`,
          fetchedAt: moment.add({ milliseconds: 1 }),
        }));
        const asOf = (bulletins: readonly AvailabilityBulletin[]) => deadlineAsOf(invoice, bulletins, moment);
        expect(asOf([...history, ...later])).toEqual(asOf(history));
      }),
      RUNS,
    );
  });

  it('is never earlier than the day that the law gave at issue', () => {
    fc.assert(
      fc.property(anyInvoice, anyHistory, (invoice, history) => {
        const outages = outagesFrom(history);
        const announcedAtIssue = outages.filter(({ announcedAt }) => !isBefore(invoice.issuedAt, announcedAt));
        const initial = deadlineFor(invoice, announcedAtIssue, calendar);
        if (initial.kind === 'due') expect(rank(now(invoice, history))).toBeGreaterThanOrEqual(rank(initial));
        expect(rank(now(invoice, history))).toBeGreaterThanOrEqual(rank(deadlineFor(invoice, [], calendar)));
      }),
      RUNS,
    );
  });

  it('is never later than seven business days after the last end, or the next one after P_1', () => {
    fc.assert(
      fc.property(anyInvoice, anyHistory, (invoice, history) => {
        const deadline = now(invoice, history);
        if (deadline.kind !== 'due') return;
        const ends = outagesFrom(history).flatMap(({ end }) => (end === undefined ? [] : [end]));
        const last = ends.reduce((a, b) => (isBefore(a, b) ? b : a), hoursAfterBase(-48));
        const bound = deadlineFor(
          { ...invoice, issuedAt: last.subtract({ milliseconds: 1 }) },
          [{ ...A_FAILURE, start: hoursAfterBase(-100), end: last, announcedAt: hoursAfterBase(-100) }],
          calendar,
        );
        const none = deadlineFor(invoice, [], calendar);
        expect(rank(deadline)).toBeLessThanOrEqual(Math.max(rank(bound), rank(none)));
      }),
      RUNS,
    );
  });

  it('is not moved earlier by one more failure that is announced in time', () => {
    let counted = 0;
    const further = fc.record({
      inTime: fc.nat(),
      startsBefore: fc.integer({ min: -10, max: 30 }),
      lasts: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(anyInvoice, anyHistory, further, (invoice, history, { inTime, startsBefore, lasts }) => {
        const outages = outagesFrom(history);
        const before = deadlineFor(invoice, outages, calendar);
        const announcedAt = someMomentWhile(before, invoice.issuedAt, inTime);
        if (announcedAt === undefined) return;
        counted += 1;
        const start = announcedAt.subtract({ hours: startsBefore });
        const failure: Outage = {
          ...A_FAILURE,
          start,
          ...(lasts === undefined ? {} : { end: start.add({ hours: lasts }) }),
          announcedAt,
        };
        const after = deadlineFor(invoice, [...outages, failure], calendar);
        expect(rank(after)).toBeGreaterThanOrEqual(rank(before));
        expect(after.explanation.length).toBeGreaterThan(0);
      }),
      RUNS,
    );
    expect(counted).toBeGreaterThan(200);
  });

  it('gives under every reading of the law a value that says by which article', () => {
    const reading = fc.constantFrom(
      ...POLICY_NAMES.flatMap((policy) => readingsOf(policy).map((value) => ({ [policy]: value }))),
    );
    const rules = fc
      .array(reading, { maxLength: 4 })
      .map((changes) => rulesWith(Object.assign({}, ...changes) as object));
    fc.assert(
      fc.property(anyInvoice, anyHistory, rules, (invoice, history, chosen) => {
        const deadline: DerivedDeadline = deadlineFor(invoice, outagesFrom(history), calendar, chosen);
        expect(deadline.explanation.join('\n')).toContain(deadline.basis);
        if (deadline.kind === 'due') {
          const saturday = chosen.saturday === 'business-day' ? calendar.countingSaturday() : calendar;
          expect(saturday.isBusinessDay(deadline.day)).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

const A_FAILURE: Omit<Outage, 'start' | 'end' | 'announcedAt'> = {
  eventId: 'further',
  category: 'failure',
  announcement: { bulletinId: 'further', version: 1 },
};

/** A moment after the issue and while the time still ran. */
function someMomentWhile(deadline: Deadline, issuedAt: Temporal.Instant, choice: number): Temporal.Instant | undefined {
  if (deadline.kind === 'none') return undefined;
  const lastMs = deadline.kind === 'due' ? deadline.endsAt.epochMilliseconds : issuedAt.epochMilliseconds + 1e9;
  const roomMs = lastMs - issuedAt.epochMilliseconds;
  return roomMs < 1 ? undefined : issuedAt.add({ milliseconds: 1 + (choice % roomMs) });
}
