import { expect, it } from '@jest/globals';
import { perCoreSecond } from './in-turns.js';

it('gives each piece of work its turns, waits for it, and counts it alone', async () => {
  const order: string[] = [];
  let open = 0;
  const work = (name: string, rounds: number) => async (): Promise<void> => {
    expect(open).toBe(0);
    open += 1;
    for (let round = 0; round < rounds; round += 1) Math.sqrt(round);
    await Promise.resolve();
    open -= 1;
    if (order.at(-1) !== name) order.push(name);
  };
  const rates = await perCoreSecond({ light: work('light', 10), heavy: work('heavy', 1_000) }, 0.05);

  // The warm-up, and twelve turns each.
  expect(order).toEqual(Array.from({ length: 13 }, () => ['light', 'heavy']).flat());
  for (const rate of Object.values(rates)) expect(rate).toBeGreaterThan(0);
  expect(Object.keys(rates)).toEqual(['light', 'heavy']);
});
