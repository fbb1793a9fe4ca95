import { expect, it } from '@jest/globals';

import { ManualClock, SystemClock } from './clock.js';
import { parseTimestamp, warsawDay } from './time.js';

it('runs what falls due, in order, at its own time', () => {
  const clock = new ManualClock(new Date(1000));
  const seen: string[] = [];
  clock.schedule(20, () => seen.push(`b ${String(clock.now())}`));
  clock.schedule(10, () => {
    seen.push(`a ${String(clock.now())}`);
    clock.schedule(5, () => seen.push(`a2 ${String(clock.now())}`));
  });
  const cancel = clock.schedule(15, () => seen.push('never'));
  cancel();

  clock.advance(19);
  expect(seen).toEqual(['a 1010', 'a2 1015']);
  clock.advance(1);
  expect(seen).toEqual(['a 1010', 'a2 1015', 'b 1020']);
  expect(clock.now()).toBe(1020);
});

it('does not run a cancelled task on the real clock', async () => {
  const clock = new SystemClock();
  const seen: string[] = [];
  clock.schedule(0, () => seen.push('cancelled'))();

  await new Promise<void>((done) => {
    clock.schedule(0, done);
  });

  expect(seen).toEqual([]);
});

it('knows the day in Warsaw in summer and winter', () => {
  expect(warsawDay(Date.parse('2026-07-01T21:59:59Z'))).toBe('2026-07-01');
  expect(warsawDay(Date.parse('2026-07-01T22:00:00Z'))).toBe('2026-07-02');
  expect(warsawDay(Date.parse('2026-12-01T22:59:59Z'))).toBe('2026-12-01');
  expect(warsawDay(Date.parse('2026-12-01T23:00:00Z'))).toBe('2026-12-02');
});

it('reads timestamps with and without offset, the latter as Warsaw time', () => {
  expect(parseTimestamp('2026-11-20T10:00:00Z')).toBe(Date.parse('2026-11-20T10:00:00Z'));
  expect(parseTimestamp('2026-11-20T10:00:00.1234567+02:00')).toBe(Date.parse('2026-11-20T08:00:00.123Z'));
  expect(parseTimestamp('2026-11-20T10:00:00')).toBe(Date.parse('2026-11-20T09:00:00Z'));
  expect(parseTimestamp('2026-07-20')).toBe(Date.parse('2026-07-19T22:00:00Z'));
  expect(parseTimestamp('yesterday')).toBeUndefined();
});
