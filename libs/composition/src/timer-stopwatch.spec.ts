import { describe, expect, it } from '@jest/globals';
import { TimerStopwatch } from './timer-stopwatch.js';

describe('TimerStopwatch', () => {
  const stopwatch = new TimerStopwatch();

  it('gives what the work gives, or throws what it throws', async () => {
    expect(await stopwatch.within(60_000, Promise.resolve('done'))).toBe('done');
    await expect(stopwatch.within(60_000, Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  it('does not wait for work that takes longer, whose failure then bothers nobody', async () => {
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<string>((_resolve, reject) => (fail = reject));
    expect(await stopwatch.within(1, work)).toBe('late');
    fail(new Error('much later'));
    await expect(work).rejects.toThrow('much later');
  });

  it('goes on while it pauses', async () => {
    const before = stopwatch.elapsedMs();
    await stopwatch.pause(5);
    expect(stopwatch.elapsedMs()).toBeGreaterThan(before);
  });
});
