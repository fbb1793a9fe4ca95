import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { RateLimit } from './rate-limit.js';
import {
  CallHistory,
  earliestCall,
  HOUR_MS,
  MINUTE_MS,
  NO_MARGIN,
  SAFETY_MARGIN_MS,
  SECOND_MS,
  windowsOf,
  type SlidingWindow,
} from './sliding-windows.js';

/** Gaps between wishes to call: bursts, and pauses around every window's length, ours and KSeF's. */
const gaps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 20 }) },
    fc.integer({ min: 900, max: 2_100 }),
    fc.integer({ min: 55_000, max: 66_000 }),
    fc.integer({ min: 3_500_000, max: 3_700_000 }),
  ),
  { minLength: 1, maxLength: 150 },
);
const limits = fc.record({
  perSecond: fc.integer({ min: 1, max: 5 }),
  perMinute: fc.integer({ min: 1, max: 9 }),
  perHour: fc.integer({ min: 1, max: 15 }),
});

/** When calls are permitted to a crowd that asks at these moments; a caller may come back when told to, or at any time. */
function permittedAt(
  steps: readonly number[],
  windows: readonly SlidingWindow[],
  comesBackWhenTold: boolean,
): number[] {
  const history = new CallHistory();
  const permitted: number[] = [];
  let nowMs = 1_000_000;
  for (const step of steps) {
    nowMs += step;
    const earliest = earliestCall(windows, history, nowMs);
    if (earliest > nowMs && !comesBackWhenTold) continue;
    nowMs = earliest;
    history.add(nowMs);
    permitted.push(nowMs);
  }
  return permitted;
}

/** The most calls in any window [t, t + lengthMs): it is enough to look at those that begin with a call. */
function busiest(moments: readonly number[], lengthMs: number): number {
  const sorted = [...moments].sort((a, b) => a - b);
  return Math.max(...sorted.map((start) => sorted.filter((at) => at >= start && at < start + lengthMs).length));
}

/** Written out here, so that the windows under test are not their own measure. */
const KSEF_WINDOWS = [
  ['perSecond', 1_000, 1_000],
  ['perMinute', 60_000, 5_000],
  ['perHour', 3_600_000, 30_000],
] as const;

it('never permits more than the limit in any second, minute or hour, whatever the arrival pattern (P9)', () => {
  fc.assert(
    fc.property(gaps, limits, fc.boolean(), fc.boolean(), (steps, limit, comesBack, bare) => {
      const windows = windowsOf(limit, bare ? { margin: NO_MARGIN } : {});
      const permitted = permittedAt(steps, windows, comesBack);
      for (const [name, lengthMs] of KSEF_WINDOWS) {
        expect(busiest(permitted, lengthMs)).toBeLessThanOrEqual(limit[name]);
      }
    }),
    { numRuns: 500 },
  );
});

it('keeps every window of KSeF, too, when calls are under way for unequal times within its margin (P9)', () => {
  const delays = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 150, maxLength: 150 });
  fc.assert(
    fc.property(gaps, limits, delays, (steps, limit, shares) => {
      const permitted = permittedAt(steps, windowsOf(limit), true);
      for (const [name, lengthMs, marginMs] of KSEF_WINDOWS) {
        const arrived = permitted.map((at, index) => at + 40 + (shares[index] ?? 0) * marginMs);
        expect(busiest(arrived, lengthMs)).toBeLessThanOrEqual(limit[name]);
      }
    }),
    { numRuns: 500 },
  );
});

it('would not keep them without its margin', () => {
  const limit: RateLimit = { perSecond: 2 };
  const permitted = permittedAt([0, 0, 0, 0], windowsOf(limit, { margin: NO_MARGIN }), true);
  // The first two take 900 ms longer than the others.
  const arrived = permitted.map((at, index) => at + (index < 2 ? 900 : 0));

  expect(busiest(arrived, SECOND_MS)).toBe(4);
});

it('wastes nothing: a call is refused only while a window is full', () => {
  fc.assert(
    fc.property(gaps, limits, (steps, limit) => {
      const windows = windowsOf(limit, { margin: NO_MARGIN });
      const history = new CallHistory();
      const permitted: number[] = [];
      let nowMs = 1_000_000;
      for (const step of steps) {
        nowMs += step;
        if (earliestCall(windows, history, nowMs) > nowMs) {
          const full = KSEF_WINDOWS.some(
            ([name, lengthMs]) => permitted.filter((at) => at > nowMs - lengthMs).length >= limit[name],
          );
          expect(full).toBe(true);
        } else {
          history.add(nowMs);
          permitted.push(nowMs);
        }
      }
    }),
    { numRuns: 300 },
  );
});

it('says the moment at which the call fits, and not a millisecond later', () => {
  const windows = windowsOf({ perSecond: 2, perMinute: 3, perHour: 4 });
  const history = new CallHistory();
  for (const at of [0, 100]) history.add(at);

  expect(earliestCall(windows, history, 100)).toBe(2_000);
  expect(earliestCall(windows, history, 1_999)).toBe(2_000);
  expect(earliestCall(windows, history, 2_000)).toBe(2_000);
  history.add(2_000);
  expect(earliestCall(windows, history, 2_001)).toBe(65_000);
  history.add(65_000);
  expect(earliestCall(windows, history, 65_001)).toBe(3_630_000);
});

it('leaves the rest of every window to others when a caller may use a share only', () => {
  const limit = { perSecond: 10, perMinute: 120, perHour: 1200 };

  expect(windowsOf(limit, { share: 0.8 }).map(({ calls }) => calls)).toEqual([8, 96, 960]);
  expect(windowsOf({ perSecond: 1 }, { share: 0.8 }).map(({ calls }) => calls)).toEqual([1]);
});

it('permits nothing under a limit of none, and looks again when the window is over', () => {
  expect(earliestCall(windowsOf({ perSecond: 10, perMinute: 0 }), new CallHistory(), 500)).toBe(500 + 65_000);
});

it('no longer counts a call that was never made, and refuses one out of order', () => {
  const history = new CallHistory();
  for (const at of [1, 5, 5]) history.add(at);
  history.remove(5);
  history.remove(77);

  expect([history.nthLatest(1), history.nthLatest(2), history.nthLatest(3)]).toEqual([5, 1, undefined]);
  expect(() => {
    history.add(4);
  }).toThrow('order');
});

it('forgets what no window looks back to', () => {
  const history = new CallHistory();
  history.add(0);
  history.add(HOUR_MS + SAFETY_MARGIN_MS.hour - 1);
  expect(history.nthLatest(2)).toBe(0);
  history.add(HOUR_MS + SAFETY_MARGIN_MS.hour);

  expect(history.nthLatest(3)).toBeUndefined();
  expect(history.nthLatest(2)).toBe(HOUR_MS + SAFETY_MARGIN_MS.hour - 1);
});

it('costs less than 1 % of what the hour allows', () => {
  const permitted = permittedAt(
    Array<number>(1_000).fill(0),
    windowsOf({ perSecond: 10, perMinute: 20, perHour: 60 }),
    true,
  );
  const last = (permitted.at(-1) ?? 0) - (permitted[0] ?? 0);
  // The 1000th call is in the 17th hour at the earliest: 16 full hours lie before it.
  expect((16 * HOUR_MS) / last).toBeGreaterThan(0.99);
  expect(last / MINUTE_MS).toBeGreaterThan(16 * 60);
});
