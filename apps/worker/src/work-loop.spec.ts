import { expect, it } from '@jest/globals';
import { WorkLoop } from './work-loop.js';

it('goes round again after a round that failed, and reports it', async () => {
  const reported: unknown[] = [];
  let rounds = 0;
  const third = Promise.withResolvers<undefined>();
  const work = (): Promise<void> => {
    rounds += 1;
    if (rounds === 3) third.resolve(undefined);
    return rounds === 1 ? Promise.reject(new Error('first round')) : Promise.resolve();
  };
  const loop = new WorkLoop(work, 1, (error) => reported.push(error));
  loop.start();
  await third.promise;
  await loop.stop();

  expect(reported).toEqual([new Error('first round')]);
});

it('ends without waiting for its pause, and never during a round', async () => {
  const round = Promise.withResolvers<undefined>();
  let ended = false;
  const loop = new WorkLoop(
    async () => {
      await round.promise;
      ended = true;
    },
    3_600_000,
    () => undefined,
  );
  loop.start();
  const stopped = loop.stop();
  round.resolve(undefined);
  await stopped;

  expect(ended).toBe(true);
});
