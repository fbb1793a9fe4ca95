import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { outagesFrom } from '../outage/outage.js';
import { Temporal } from '../shared/instant.js';
import { aBulletin, anEndBulletin } from '../testing/bulletins.js';
import { deadlineFor } from './deadline.js';
import { DEFAULT_RULES, POLICY_NAMES, readingsOf, type DeadlineRules } from './deadline-rules.js';
import { anyHistory, anyInvoice, hoursAfterBase } from './testing/message-histories.js';
import { calendar } from './testing/worked-examples.js';
import { boundariesOf, intervalOf } from './waiting-group.js';

describe('the boundaries of groups', () => {
  it('are starts, ends and announcements, ascending, each once', () => {
    const outages = outagesFrom([
      aBulletin({ publishedAt: '2026-11-23T09:20:00+01:00' }),
      anEndBulletin({ end: '2026-11-23T15:00:00+01:00' }),
      aBulletin({ id: 'K/2', eventId: '1002', start: '2026-11-23T15:00:00+01:00' }),
    ]);
    expect(boundariesOf(outages).map(String)).toEqual([
      '2026-11-23T08:00:00Z',
      '2026-11-23T08:20:00Z',
      '2026-11-23T14:00:00Z',
    ]);
  });

  it('belong to the interval they begin', () => {
    const boundaries = [Temporal.Instant.from('2026-11-23T08:00:00Z'), Temporal.Instant.from('2026-11-23T14:00:00Z')];
    const at = (text: string) => intervalOf(Temporal.Instant.from(text), boundaries);
    expect([at('2026-11-23T07:59:59.999999Z'), at('2026-11-23T08:00:00Z'), at('2026-11-23T14:00:00Z')]).toEqual([
      0, 1, 2,
    ]);
    expect(intervalOf(Temporal.Instant.from('2026-11-23T08:00:00Z'), [])).toBe(0);
  });
});

const anyRules: fc.Arbitrary<DeadlineRules> = fc
  .tuple(...POLICY_NAMES.map((name) => fc.constantFrom(...readingsOf(name))))
  .map((readings) => Object.fromEntries(POLICY_NAMES.map((name, at) => [name, readings[at]])) as DeadlineRules);

/** What the recalculation rests on: one derivation speaks for the whole group. */
it('two invoices of one date, one mode and one interval have one deadline, under any reading of the law', () => {
  const declared = fc.constantFrom('offline24' as const, 'emergency' as const, 'unavailability' as const);
  fc.assert(
    fc.property(
      anyInvoice,
      fc.integer({ min: -30 * 60, max: 30 * 60 }),
      anyHistory,
      fc.oneof(fc.constant(DEFAULT_RULES), anyRules),
      declared,
      (invoice, minutes, history, rules, mode) => {
        const outages = outagesFrom(history);
        const boundaries = boundariesOf(outages);
        const twin = { ...invoice, issuedAt: invoice.issuedAt.add({ minutes }) };
        fc.pre(intervalOf(invoice.issuedAt, boundaries) === intervalOf(twin.issuedAt, boundaries));
        const deadlineOf = (subject: typeof invoice) =>
          deadlineFor({ ...subject, declared: mode }, outages, calendar, rules);
        expect(deadlineOf(twin)).toEqual(deadlineOf(invoice));
      },
    ),
    { numRuns: 1000 },
  );
});

it('an invoice on either side of a boundary may have another one', () => {
  const outages = outagesFrom([aBulletin({ start: hoursAfterBase(10).toString() })]);
  const [boundary] = boundariesOf(outages);
  const issueDate = Temporal.PlainDate.from('2026-12-01');
  const regime = (issuedAt: Temporal.Instant) => deadlineFor({ issueDate, issuedAt }, outages, calendar).basis;
  expect([regime(boundary!.subtract({ milliseconds: 1 })), regime(boundary!)]).toEqual([
    'art. 106nha',
    'art. 106nf(4)',
  ]);
});
