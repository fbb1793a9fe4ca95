import { expect, it } from '@jest/globals';
import { underLoad } from './measure.js';

it('does each piece of work once, never more at a time than asked', async () => {
  const seen: number[] = [];
  let running = 0;
  let most = 0;
  const load = await underLoad(50, 4, async (at) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    seen.push(at);
    running -= 1;
  });

  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, at) => at));
  expect(most).toBe(4);
  expect(load.p99Ms).toBeGreaterThanOrEqual(load.p50Ms);
});
