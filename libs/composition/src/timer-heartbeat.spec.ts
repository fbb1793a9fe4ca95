import { expect, it } from '@jest/globals';
import { TimerHeartbeat } from './timer-heartbeat.js';

it('beats while the work runs, passes over a beat that fails, and ends with the work', async () => {
  let beats = 0;
  let threeBeats: (() => void) | undefined;
  const work = new Promise<void>((resolve) => {
    threeBeats = resolve;
  });
  const beat = (): Promise<void> => {
    beats += 1;
    if (beats === 3) threeBeats?.();
    return beats === 1 ? Promise.reject(new Error('the database blinked')) : Promise.resolve();
  };

  expect(await new TimerHeartbeat().during(0.001, beat, () => work.then(() => 'done'))).toBe('done');
  expect(beats).toBeGreaterThanOrEqual(3);
});

it('hands on what the work throws', async () => {
  const work = () => Promise.reject(new Error('the step failed'));

  await expect(new TimerHeartbeat().during(60, () => Promise.resolve(), work)).rejects.toThrow('the step failed');
});
