import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { DEFAULT_RULES, rulesWith } from './deadline-rules.js';
import { changePolicy, rulesFrom, type PolicyChange } from './policy-change.js';

const at = (text: string) => Temporal.Instant.from(text);
const request = {
  policy: 'endAtMidnight',
  reading: 'day-before',
  author: ' Anna Nowak ',
  reason: 'Opinion of the tax adviser of 2026-11-20',
};

describe("a tenant's decision to read the law in another way", () => {
  it('has an author, a moment and a reason', () => {
    expect(changePolicy(request, at('2026-11-21T10:00:00+01:00'))).toEqual({
      ok: true,
      value: {
        policy: 'endAtMidnight',
        reading: 'day-before',
        author: 'Anna Nowak',
        decidedAt: at('2026-11-21T09:00:00Z'),
        reason: 'Opinion of the tax adviser of 2026-11-20',
      },
    });
  });

  it.each([
    [{ policy: 'sunday' }, { code: 'POLICY_UNKNOWN', policy: 'sunday' }],
    [{ policy: 'toString' }, { code: 'POLICY_UNKNOWN', policy: 'toString' }],
    [{ reading: 'noon' }, { code: 'READING_NOT_ALLOWED', allowed: ['new-day', 'day-before'] }],
    [{ reading: 'toString' }, { code: 'READING_NOT_ALLOWED' }],
    [{ author: ' ' }, { code: 'AUTHOR_MISSING' }],
    [{ reason: '' }, { code: 'REASON_MISSING' }],
  ])('is refused with %p', (wrong, refusal) => {
    expect(changePolicy({ ...request, ...wrong }, at('2026-11-21T10:00:00+01:00'))).toMatchObject({
      ok: false,
      error: refusal,
    });
  });

  it('holds until the next one on the same question', () => {
    const change = (reading: string, decidedAt: string): PolicyChange => ({
      policy: 'endAtMidnight',
      reading,
      author: 'Anna Nowak',
      decidedAt: at(decidedAt),
      reason: 'A reason',
    });
    const changes = [
      change('new-day', '2026-11-23T10:00:00Z'),
      change('day-before', '2026-11-21T10:00:00Z'),
      { ...change('business-day', '2026-11-22T10:00:00Z'), policy: 'saturday' as const },
    ];
    const until = (moment: string) =>
      rulesFrom(changes.filter(({ decidedAt }) => Temporal.Instant.compare(decidedAt, at(moment)) <= 0));
    expect(until('2026-11-21T09:59:59.999Z')).toEqual(DEFAULT_RULES);
    expect(until('2026-11-21T10:00:00Z')).toEqual(rulesWith({ endAtMidnight: 'day-before' }));
    expect(until('2026-11-22T10:00:00Z')).toEqual(rulesWith({ endAtMidnight: 'day-before', saturday: 'business-day' }));
    expect(until('2026-11-24T10:00:00Z')).toEqual(rulesWith({ saturday: 'business-day' }));
  });
});
