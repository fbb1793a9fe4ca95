import { expect, it } from '@jest/globals';

import type { ContextIdentifier } from '../party/context-identifier.js';
import { batchLimitsWithin, PUBLISHED_CONTEXT_LIMITS } from './context-limits.port.js';
import type { EndpointGroup } from './endpoint-groups.js';
import { InProcessCallBudget } from './in-process-call-budget.js';
import { limitOf } from './rate-limit.js';

const BACKLOG = 1_000_000;
const context: ContextIdentifier = { type: 'Nip', value: '5265877635' as ContextIdentifier['value'] };

/** How long (ms) the product takes over so many calls of a kind when nothing but its budget holds it up. */
function ours(group: EndpointGroup, calls: number): number {
  let nowMs = 0;
  const budget = new InProcessCallBudget(() => nowMs);
  for (let made = 0; made < calls;) {
    const decision = budget.takeNow({ group, context });
    if (decision.kind === 'permitted') made += 1;
    else nowMs += decision.waitMs;
  }
  return nowMs;
}

/** The least time that so many calls can take within KSeF's own windows. */
function allowed(group: EndpointGroup, calls: number): number {
  const { perSecond, perMinute = calls, perHour = calls } = limitOf(group);
  const times: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const after = (most: number, lengthMs: number) => (call < most ? 0 : (times[call - most] ?? 0) + lengthMs);
    times.push(Math.max(after(perSecond, 1_000), after(perMinute, 60_000), after(perHour, 3_600_000)));
  }
  return times.at(-1) ?? 0;
}

it.each([
  ['opened in', 'batch-open', BACKLOG / batchLimitsWithin(PUBLISHED_CONTEXT_LIMITS).invoices, 3_661_000],
  ['closed in', 'batch-close', BACKLOG / batchLimitsWithin(PUBLISHED_CONTEXT_LIMITS).invoices, 3_661_000],
  ['read back from', 'session-invoices', BACKLOG / 1_000, 14_941_000],
] as const)(
  'a million invoices are %s sessions at 95 %% or more of what the limits allow',
  (_what, group, calls, least) => {
    expect(allowed(group, calls)).toBe(least);
    expect(least / ours(group, calls)).toBeGreaterThanOrEqual(0.95);
    expect(least / ours(group, calls)).toBeLessThanOrEqual(1);
  },
);
