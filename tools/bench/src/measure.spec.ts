import { expect, it } from '@jest/globals';
import { atRate, underLoad } from './measure.js';

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

it('begins each piece of work when it is due, and waits for none of them', async () => {
  const begun: number[] = [];
  let free = (): void => undefined;
  const all = new Promise<void>((resolve) => {
    free = resolve;
  });
  const load = await atRate(1000, 0.02, async (at) => {
    begun.push(at);
    if (begun.length === 20) free();
    await all;
  });

  expect(begun).toEqual(Array.from({ length: 20 }, (_, at) => at));
  expect(load.p99Ms).toBeGreaterThanOrEqual(load.p50Ms);
});
