import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { warsawDay } from '../calendar/warsaw-time.js';
import { outagesFrom } from '../outage/outage.js';
import { Temporal } from '../shared/instant.js';
import { OTHER_CONTEXT, SELLER_CONTEXT } from '../testing/builders.js';
import { deadlineFor } from './deadline.js';
import { decideHousePolicies, housePoliciesOf, targetOf, type HousePolicy } from './house-policy.js';
import { anyHistory, anyInvoice } from './testing/message-histories.js';
import { calendar } from './testing/worked-examples.js';

const NOW = Temporal.Instant.from('2026-11-23T10:00:00Z');
const decide = (...policies: readonly HousePolicy[]) =>
  decideHousePolicies({ context: SELLER_CONTEXT, policies, author: ' Ewa Nowak ', reason: 'Instrukcja' }, NOW);

describe('a decision on house policies', () => {
  it('takes rules that are stricter than the law, with author and reason', () => {
    const policies = [
      { kind: 'hours-after-restoration', hours: 72 },
      { kind: 'days-from-issue', days: 7 },
      { kind: 'hours-before-end', hours: 4 },
    ] as const;
    expect(decide(...policies)).toEqual({
      ok: true,
      value: { context: SELLER_CONTEXT, policies, author: 'Ewa Nowak', reason: 'Instrukcja', decidedAt: NOW },
    });
    expect(decide()).toMatchObject({ ok: true });
  });

  it.each([
    [
      { kind: 'hours-after-restoration', hours: 193 },
      'It could be later than the law: seven business days after a failure can end 192 hours after it (art. 106nf(4)).',
    ],
    [
      { kind: 'days-from-issue', days: 9 },
      'It could be later than the law: the longest clock of the law can end 8 days after the issue (art. 106nf(4)).',
    ],
    [{ kind: 'hours-before-end', hours: 0 }, 'It would not be before the statutory end.'],
    [{ kind: 'hours-before-end', hours: -3 }, 'It would not be before the statutory end.'],
  ] as const)('refuses %j, and says why', (policy, reason) => {
    expect(decide(policy)).toEqual({
      ok: false,
      error: [{ code: 'HOUSE_POLICY_LATER_THAN_LAW', policy, reason }],
    });
  });

  it('takes the longest that are never later than the law', () => {
    expect(decide({ kind: 'hours-after-restoration', hours: 192 }, { kind: 'days-from-issue', days: 8 }).ok).toBe(true);
  });

  it('names everything that is wrong with it', () => {
    const wrong = [
      { kind: 'hours-before-end', hours: 169 },
      { kind: 'days-from-issue', days: 1.5 },
    ] as const;
    expect(
      decideHousePolicies({ context: SELLER_CONTEXT, policies: wrong, author: '', reason: ' ' }, NOW),
    ).toMatchObject({
      error: [
        { code: 'HOUSE_POLICY_INVALID', policy: wrong[0] },
        { code: 'HOUSE_POLICY_INVALID', policy: wrong[1] },
        { code: 'AUTHOR_MISSING' },
        { code: 'REASON_MISSING' },
      ],
    });
  });
});

it('the policies of a context are those of its last decision', () => {
  const decision = (hours: number, decidedAt: string) => ({
    context: SELLER_CONTEXT,
    policies: [{ kind: 'hours-before-end' as const, hours }],
    author: 'Ewa',
    reason: 'Instrukcja',
    decidedAt: Temporal.Instant.from(decidedAt),
  });
  const first = decision(1, '2026-11-24T00:00:00Z');
  const second = decision(2, '2026-11-25T00:00:00Z');
  expect(housePoliciesOf(SELLER_CONTEXT, [])).toEqual([]);
  expect(housePoliciesOf(SELLER_CONTEXT, [first])).toEqual(first.policies);
  expect(housePoliciesOf(SELLER_CONTEXT, [second, first])).toEqual(second.policies);
  expect(housePoliciesOf(OTHER_CONTEXT, [second, first])).toEqual([]);
});

describe('the target of an invoice', () => {
  const issueDate = Temporal.PlainDate.from('2026-11-23');
  const failure = (end?: string) => [
    {
      eventId: '1',
      category: 'failure' as const,
      start: Temporal.Instant.from('2026-11-23T08:00:00Z'),
      ...(end === undefined ? {} : { end: Temporal.Instant.from(end) }),
      announcedAt: Temporal.Instant.from('2026-11-23T08:00:00Z'),
      announcement: { bulletinId: 'K/1', version: 1 },
    },
  ];
  const target = (outages: Parameters<typeof deadlineFor>[1], ...policies: readonly HousePolicy[]) =>
    targetOf(deadlineFor({ issueDate, issuedAt: NOW }, outages, calendar), { issueDate }, policies)?.at.toString();
  const afterRestoration = { kind: 'hours-after-restoration', hours: 72 } as const;
  const fromIssue = { kind: 'days-from-issue', days: 7 } as const;

  it('is the statutory end where no policy is earlier', () => {
    expect(target([])).toBe('2026-11-24T22:59:59.999Z');
    expect(target([], afterRestoration, fromIssue)).toBe('2026-11-24T22:59:59.999Z');
  });

  it('counts from the restoration, once there was one', () => {
    expect(target(failure('2026-11-24T14:00:00Z'), afterRestoration)).toBe('2026-11-27T14:00:00Z');
    expect(target(failure(), afterRestoration)).toBeUndefined();
  });

  it('counts from the issue also while the failure has not ended', () => {
    expect(target(failure(), fromIssue)).toBe('2026-11-30T22:59:59.999Z');
    expect(target(failure('2026-11-24T14:00:00Z'), fromIssue)).toBe('2026-11-30T22:59:59.999Z');
  });

  it('is the earliest of several', () => {
    const outages = failure('2026-11-24T14:00:00Z');
    expect(target(outages, fromIssue, afterRestoration, { kind: 'hours-before-end', hours: 24 })).toBe(
      '2026-11-27T14:00:00Z',
    );
  });

  it('is none where nothing is sent', () => {
    const none = { kind: 'none', regime: 'total-failure', basis: 'art. 106ng', explanation: [], calendarVersion: 'x' };
    expect(targetOf(none as never, { issueDate }, [fromIssue])).toBeUndefined();
  });

  it('never lies after the law, whatever is announced and decided', () => {
    const policy = fc.oneof(
      fc.record({ kind: fc.constant('hours-after-restoration' as const), hours: fc.integer({ min: 1, max: 192 }) }),
      fc.record({ kind: fc.constant('days-from-issue' as const), days: fc.integer({ min: 0, max: 8 }) }),
      fc.record({ kind: fc.constant('hours-before-end' as const), hours: fc.integer({ min: 1, max: 168 }) }),
    );
    fc.assert(
      fc.property(anyInvoice, anyHistory, fc.array(policy, { maxLength: 4 }), (invoice, history, policies) => {
        const deadline = deadlineFor(invoice, outagesFrom(history), calendar);
        const { at } = targetOf(deadline, invoice, policies) ?? {};
        if (deadline.kind !== 'due') return deadline.kind === 'open' || at === undefined;
        return at !== undefined && Temporal.Instant.compare(at, deadline.endsAt) <= 0;
      }),
      { numRuns: 500 },
    );
  });

  it('of an emergency invoice is never put off to the law by a policy that was accepted', () => {
    fc.assert(
      fc.property(anyInvoice, fc.integer({ min: 1, max: 200 }), (invoice, hours) => {
        const end = invoice.issuedAt.add({ hours });
        const outage = { ...failure(end.toString())[0]!, start: invoice.issuedAt, announcedAt: invoice.issuedAt };
        const dated = { ...invoice, issueDate: warsawDay(invoice.issuedAt) };
        const deadline = deadlineFor(dated, [outage], calendar);
        const longest = [
          { kind: 'hours-after-restoration', hours: 192 },
          { kind: 'days-from-issue', days: 8 },
        ] as const;
        expect(targetOf(deadline, dated, longest)?.explanation.join(' ')).not.toContain('not applied');
      }),
      { numRuns: 300 },
    );
  });
});
