import { describe, expect, it } from '@jest/globals';

import type { ContextIdentifier } from '../party/context-identifier.js';
import type { CallDecision, WantedCall } from './call-budget.port.js';
import { InProcessCallBudget } from './in-process-call-budget.js';
import { PUBLISHED_RATE_LIMITS } from './rate-limit.js';

const context: ContextIdentifier = { type: 'Nip', value: '5265877635' as ContextIdentifier['value'] };
const other: ContextIdentifier = { type: 'NipVatUe', value: '5265877635-DE123456789' as ContextIdentifier['value'] };
const OPEN: WantedCall = { group: 'batch-open', context };
const about = (pollAbout: string): WantedCall => ({ group: 'session-other', context, pollAbout });
const permitted = (decision: CallDecision): boolean => decision.kind === 'permitted';

/** A budget and its clock. */
function stage(limits = PUBLISHED_RATE_LIMITS.value) {
  const clock = { ms: 10_000_000, limits };
  return {
    clock,
    budget: new InProcessCallBudget(
      () => clock.ms,
      () => clock.limits,
    ),
  };
}

describe('a budget', () => {
  it('permits what the published limit says, then names the wait', () => {
    const { budget, clock } = stage();
    for (let call = 0; call < 10; call += 1) expect(permitted(budget.takeNow(OPEN))).toBe(true);

    expect(budget.takeNow(OPEN)).toEqual({ kind: 'later', waitMs: 2_000, because: 'limit' });
    clock.ms += 2_000;
    for (let call = 0; call < 10; call += 1) expect(permitted(budget.takeNow(OPEN))).toBe(true);
    expect(budget.takeNow(OPEN)).toEqual({ kind: 'later', waitMs: 63_000, because: 'limit' });
  });

  it('counts contexts and endpoint groups apart', () => {
    const { budget } = stage();
    for (let call = 0; call < 10; call += 1) budget.takeNow(OPEN);

    expect(permitted(budget.takeNow(OPEN))).toBe(false);
    expect(permitted(budget.takeNow({ ...OPEN, context: other }))).toBe(true);
    expect(permitted(budget.takeNow({ ...OPEN, group: 'batch-close' }))).toBe(true);
  });

  it('follows changed limits at once, in both directions', () => {
    const { budget, clock } = stage();
    budget.takeNow(OPEN);
    const changed = (perHour: number) => ({
      ...PUBLISHED_RATE_LIMITS.value,
      batchSession: { perSecond: perHour, perMinute: perHour, perHour },
    });
    clock.limits = changed(1);
    expect(permitted(budget.takeNow(OPEN))).toBe(false);
    clock.limits = changed(3);
    expect([budget.takeNow(OPEN), budget.takeNow(OPEN), budget.takeNow(OPEN)].map(permitted)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('takes back the permit of a call that was never sent, once', async () => {
    const { budget, clock } = stage({
      ...PUBLISHED_RATE_LIMITS.value,
      batchSession: { perSecond: 1, perMinute: 1, perHour: 1 },
    });
    const first = budget.takeNow(OPEN);
    if (first.kind !== 'permitted') throw new Error('no permit');
    await budget.giveBack(first.permit);
    expect(permitted(budget.takeNow(OPEN))).toBe(true);
    await budget.giveBack(first.permit);
    expect(permitted(budget.takeNow(OPEN))).toBe(false);
    clock.ms -= 5_000;
    expect(permitted(budget.takeNow(OPEN))).toBe(false);
  });

  it('keeps everybody away until the end of a block, and no other group', async () => {
    const { budget, clock } = stage();
    await budget.block(OPEN, 30);

    expect(budget.takeNow(OPEN)).toEqual({ kind: 'later', waitMs: 31_000, because: 'blocked' });
    expect(permitted(budget.takeNow({ ...OPEN, group: 'batch-close' }))).toBe(true);
    clock.ms += 31_000;
    expect(permitted(budget.takeNow(OPEN))).toBe(true);
  });
});

describe('questions for the state of sessions', () => {
  it('are asked as often as wanted while there is enough for everybody', () => {
    const { budget, clock } = stage();
    for (let poll = 0; poll < 480; poll += 1) {
      clock.ms += 2_000;
      expect(permitted(budget.takeNow(about(poll % 2 === 0 ? 'one' : 'two')))).toBe(true);
    }
    clock.ms += 2_000;
    // Two sessions share 240 questions an hour by turns: one in 30 s each, the last one 4 s ago.
    expect(budget.takeNow(about('one'))).toEqual({ kind: 'later', waitMs: 26_000, because: 'limit' });
    expect(permitted(budget.takeNow(about('three')))).toBe(true);
  });

  it('of one session leave enough of a minute for the first questions about others', () => {
    const { budget, clock } = stage();
    for (let second = 0; second < 120; second += 1) {
      clock.ms += 1_000;
      for (let poll = 0; poll < 8; poll += 1) budget.takeNow(about('one'));
    }
    for (let session = 0; session < 6; session += 1) {
      expect(permitted(budget.takeNow(about(`new ${String(session)}`)))).toBe(true);
    }
  });

  it('about many sessions come by turns: each gets about as many', () => {
    const { budget, clock } = stage();
    const sessions = Array.from({ length: 60 }, (_, at) => ({ name: `session ${String(at)}`, asked: 0, nextMs: 0 }));
    // After the first hour no call is left of the beginning, when they came as they liked.
    const countFrom = clock.ms + 3_630_000;
    for (let second = 0; second < 3 * 3_630; second += 1) {
      clock.ms += 1_000;
      for (const session of sessions.filter(({ nextMs }) => nextMs <= clock.ms)) {
        const decision = budget.takeNow(about(session.name));
        session.nextMs = clock.ms + (decision.kind === 'later' ? decision.waitMs : 10_000);
        if (permitted(decision) && clock.ms > countFrom) session.asked += 1;
      }
    }
    const counts = sessions.map(({ asked }) => asked);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(8);
    expect(Math.max(...counts)).toBeLessThanOrEqual(2.5 * Math.min(...counts));
  });

  it('never use up the budget: other calls of their group find room in every window', () => {
    const { budget, clock } = stage();
    for (let second = 0; second < 4_000; second += 1) {
      clock.ms += 1_000;
      for (let session = 0; session < 4; session += 1) budget.takeNow(about(`${String(second)} ${String(session)}`));
      if (second % 30 === 0) expect(permitted(budget.takeNow({ group: 'session-other', context }))).toBe(true);
    }
  });

  it('about sessions that nobody follows any more leave their turns to the others', () => {
    const { budget, clock } = stage();
    for (let poll = 0; poll < 480; poll += 1) {
      clock.ms += 2_000;
      budget.takeNow(about(`session ${String(poll % 4)}`));
    }
    clock.ms += 2_000;
    // Four share them: one in 60 s each, and its last one was 8 s ago.
    expect(budget.takeNow(about('session 0'))).toMatchObject({ kind: 'later', waitMs: 52_000 });
    clock.ms += 600_000;
    budget.takeNow(about('session 0'));
    // 240 questions an hour for it alone.
    expect(budget.takeNow(about('session 0'))).toMatchObject({ kind: 'later', waitMs: 15_000 });
  });
});
