import { describe, expect, it } from '@jest/globals';
import { DRAIN_SCENARIOS, drainRates } from './drain.bench.js';
import { earliestTimes, overfilledWindows } from './ksef-count.js';

describe('what the limits allow', () => {
  it('is counted as KSeF counts', () => {
    const limit = { perSecond: 2, perMinute: 3, perHour: 4 };

    expect(earliestTimes(6, limit)).toEqual([0, 0, 1_000, 60_000, 3_600_000, 3_600_000]);
    expect(earliestTimes(100, { perSecond: 10, perMinute: 20, perHour: 60 }).at(-1)).toBe(3_661_000);
    expect(overfilledWindows(earliestTimes(500, limit), limit)).toBe(0);
    expect(overfilledWindows([0, 0, 999], { perSecond: 2 })).toBe(1);
    expect(overfilledWindows([0, 0, 1_000], { perSecond: 2 })).toBe(0);
  });
});

describe.each(Object.entries(DRAIN_SCENARIOS))('a backlog of %s', (_name, scenario) => {
  const rates = drainRates(scenario);

  it('goes to KSeF at 95 % or more of what its limits allow', () => {
    expect(rates.delivered.value / rates.delivered.limit).toBeGreaterThanOrEqual(0.95);
    expect(rates.delivered.value / rates.delivered.limit).toBeLessThanOrEqual(1);
  });

  it('is read back at 95 % or more of what its limits allow', () => {
    expect(rates.confirmed.value / rates.confirmed.limit).toBeGreaterThanOrEqual(0.95);
    expect(rates.confirmed.value / rates.confirmed.limit).toBeLessThanOrEqual(1);
  });

  it('overfills no window of KSeF', () => {
    expect(rates.overfilled).toBe(0);
  });
});
