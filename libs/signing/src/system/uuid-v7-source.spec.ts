import { describe, expect, it } from '@jest/globals';
import { Temporal, type Clock } from '@latarnik/domain';
import { SystemClock } from './system-clock.js';
import { UuidV7Source } from './uuid-v7-source.js';

const clockOf = (...epochMs: readonly number[]): Clock => {
  let call = 0;
  return { now: () => Temporal.Instant.fromEpochMilliseconds(epochMs[Math.min(call++, epochMs.length - 1)] ?? 0) };
};

describe('UuidV7Source', () => {
  it('makes UUIDs of version 7 and variant 10 whose first 48 bits are the time', () => {
    const id = new UuidV7Source(clockOf(0x017f22e279b0)).next();

    expect(id).toMatch(/^017f22e2-79b0-7[0-7][0-9a-f]{2}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('goes up with every identifier, also when the clock stands still for longer than the counter lasts', () => {
    const source = new UuidV7Source(clockOf(1_000));
    const ids = Array.from({ length: 10_000 }, () => source.next());

    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(10_000);
  });

  it('goes up when the clock steps back', () => {
    const source = new UuidV7Source(clockOf(5_000, 4_000, 4_001, 5_001));
    const ids = Array.from({ length: 4 }, () => source.next());

    expect([...ids].sort()).toEqual(ids);
    expect(ids.map((id) => Number.parseInt(id.replace('-', '').slice(0, 12), 16))).toEqual([5000, 5000, 5000, 5001]);
  });

  it('draws the last 62 bits anew, so that neighbours do not tell each other', () => {
    const source = new UuidV7Source(clockOf(1_000));
    const tails = Array.from({ length: 1_000 }, () => source.next().slice(19));

    expect(new Set(tails).size).toBe(1_000);
    expect(new Set(tails.map((tail) => tail[0]))).toEqual(new Set(['8', '9', 'a', 'b']));
  });
});

describe('SystemClock', () => {
  it('tells the time of this machine in whole milliseconds', () => {
    const before = Date.now();
    const { epochNanoseconds } = new SystemClock().now();

    expect(epochNanoseconds % 1_000_000n).toBe(0n);
    expect(Number(epochNanoseconds / 1_000_000n)).toBeGreaterThanOrEqual(before);
    expect(Number(epochNanoseconds / 1_000_000n)).toBeLessThanOrEqual(Date.now());
  });
});
