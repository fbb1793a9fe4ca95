import { Temporal, type Deadline, type DueTerm } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareTemporalByValue } from '../testing/temporal-equality.js';
import { termColumns, toStoredTerm, toTerm } from './term.mapper.js';

compareTemporalByValue();

const text = fc.string({ unit: 'binary', maxLength: 30 });
const instant = fc
  .bigInt({ min: 0n, max: 4_000_000_000_000_000n })
  .map((microseconds) => Temporal.Instant.fromEpochNanoseconds(microseconds * 1_000n));
const day = fc.integer({ min: 0, max: 40_000 }).map((days) => Temporal.PlainDate.from('2000-01-01').add({ days }));
const common = fc.record(
  {
    regime: fc.constantFrom('offline24' as const, 'unavailability' as const, 'emergency' as const),
    basis: text,
    explanation: fc.array(text, { maxLength: 3 }),
    calendarVersion: text,
    inputs: fc.record({
      rulesVersion: text,
      changedPolicies: fc.constantFrom({}, { saturday: 'business-day' as const }),
      bulletins: fc.array(fc.record({ bulletinId: text, version: fc.nat() }), { maxLength: 3 }),
    }),
  },
  // Values written before the rules had a version have no inputs.
  { requiredKeys: ['regime', 'basis', 'explanation', 'calendarVersion'] },
);
const restored = fc.oneof(
  fc.constant({}),
  instant.map((restoredAt) => ({ restoredAt })),
);
const deadline: fc.Arbitrary<Deadline> = fc
  .tuple(common, fc.constantFrom('due' as const, 'open' as const, 'none' as const), day, instant, restored)
  .map(([rest, kind, due, endsAt, since]) =>
    kind === 'due' ? { ...rest, kind, day: due, endsAt, ...since } : { ...rest, kind },
  );
const target = fc.record({ at: instant, explanation: fc.array(text, { maxLength: 2 }) });
const term: fc.Arbitrary<DueTerm> = fc.record({ deadline, target }, { requiredKeys: ['deadline'] });

describe('a term as JSON', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(term, (value) => {
        const stored = JSON.parse(JSON.stringify(toStoredTerm(value))) as ReturnType<typeof toStoredTerm>;
        expect(toTerm(stored)).toEqual(value);
      }),
    );
  });

  it('is cut to microseconds, and so are the columns beside it', () => {
    const late = Temporal.Instant.from('2026-11-23T22:59:59.999999999Z');
    const rest = { regime: 'offline24', basis: 'x', explanation: [], calendarVersion: '1' } as const;
    const value: DueTerm = {
      deadline: { ...rest, kind: 'due', day: Temporal.PlainDate.from('2026-11-23'), endsAt: late, restoredAt: late },
      target: { at: late, explanation: [] },
    };
    const cut = Temporal.Instant.from('2026-11-23T22:59:59.999999Z');
    expect(toTerm(toStoredTerm(value))).toMatchObject({
      deadline: { endsAt: cut, restoredAt: cut },
      target: { at: cut },
    });
    const columns = { kind: 'due', endsAt: '2026-11-23T22:59:59.999999Z', targetAt: '2026-11-23T22:59:59.999999Z' };
    expect(termColumns(value)).toEqual(columns);
  });
});
