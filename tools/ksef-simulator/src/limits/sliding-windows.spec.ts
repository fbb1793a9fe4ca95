import { expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { FullLimit } from './rate-limits.js';
import { SlidingWindows } from './sliding-windows.js';

const LIMIT: FullLimit = { perSecond: 2, perMinute: 4, perHour: 6 };
const WINDOWS = [
  ['perSecond', 1000],
  ['perMinute', 60_000],
  ['perHour', 3_600_000],
] as const;

/** Gaps between calls: bursts, and pauses around every window's length. */
const gaps = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 20 }),
    fc.integer({ min: 900, max: 1100 }),
    fc.integer({ min: 55_000, max: 65_000 }),
    fc.integer({ min: 3_500_000, max: 3_700_000 }),
  ),
  { minLength: 1, maxLength: 80 },
);
const limits = fc.record({
  perSecond: fc.integer({ min: 1, max: 5 }),
  perMinute: fc.integer({ min: 1, max: 9 }),
  perHour: fc.integer({ min: 1, max: 15 }),
});

/** When calls were admitted; a client that obeys waits as long as it is told. */
function play(steps: readonly number[], limit: FullLimit, obeys: boolean): number[] {
  const windows = new SlidingWindows();
  const admitted: number[] = [];
  let now = 1_000_000;
  for (const gap of steps) {
    now += gap;
    const throttling = windows.admit('key', limit, now);
    if (throttling === undefined) admitted.push(now);
    else if (obeys) now += throttling.retryAfterSeconds * 1000;
  }
  return admitted;
}

it('never admits more than the limit in any window, wherever it starts', () => {
  fc.assert(
    fc.property(gaps, limits, fc.boolean(), (steps, limit, obeys) => {
      const admitted = play(steps, limit, obeys);
      for (const [name, lengthMs] of WINDOWS) {
        for (const start of admitted) {
          const inside = admitted.filter((at) => at >= start && at < start + lengthMs).length;
          expect(inside).toBeLessThanOrEqual(limit[name]);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

it('admits whoever waits as long as told, however often before', () => {
  fc.assert(
    fc.property(gaps, limits, (steps, limit) => {
      const windows = new SlidingWindows();
      let now = 1_000_000;
      for (const gap of steps) {
        now += gap;
        const throttling = windows.admit('key', limit, now);
        if (throttling === undefined) continue;
        now += throttling.retryAfterSeconds * 1000;
        expect(windows.admit('key', limit, now)).toBeUndefined();
      }
    }),
    { numRuns: 1000 },
  );
});

it('admits as many as the limit says, and names the window that is full', () => {
  const windows = new SlidingWindows();

  expect(windows.admit('key', LIMIT, 0)).toBeUndefined();
  expect(windows.admit('key', LIMIT, 999)).toBeUndefined();
  expect(windows.admit('key', LIMIT, 999)).toEqual({
    retryAfterSeconds: 1,
    exceeded: { count: 2, window: 'sekundę' },
  });
  expect(windows.admit('another', LIMIT, 999)).toBeUndefined();
  expect(windows.admit('key', LIMIT, 1999)).toBeUndefined();
  expect(windows.admit('key', LIMIT, 2000)).toBeUndefined();
  expect(windows.admit('key', LIMIT, 4000)).toEqual({
    retryAfterSeconds: 56,
    exceeded: { count: 4, window: 'minutę' },
  });
});

it('doubles the block for each call within it, up to an hour, and forgets after waiting', () => {
  const windows = new SlidingWindows();
  const one = { perSecond: 1 };
  windows.admit('key', one, 0);
  const told = (now: number) => windows.admit('key', one, now)?.retryAfterSeconds;

  expect([told(0), told(0), told(0), told(0), told(0)]).toEqual([1, 2, 4, 8, 16]);
  expect(told(16_000)).toBeUndefined();
  expect(told(16_000)).toBe(4);
  for (let call = 0; call < 20; call++) told(16_000);
  expect(told(16_000)).toBe(3600);
  expect(told(16_000 + 3_600_000)).toBeUndefined();
});
