import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inOrder } from './in-order.js';

/** A promise and what settles it. */
function settable<T>() {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, settle };
}

async function* from<T>(items: readonly T[], end?: Error): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
  if (end !== undefined) throw end;
}

async function all<T>(answers: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const answer of answers) found.push(answer);
  return found;
}

describe('working on several at once, answering in order', () => {
  it('answers in the order of the items, whatever the order in which they are done, never on more than it may', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (scheduler, items, mostAtOnce) => {
        let running = 0;
        let most = 0;
        const work = async (item: number): Promise<number> => {
          most = Math.max(most, ++running);
          await scheduler.schedule(Promise.resolve());
          running -= 1;
          return item;
        };
        const answers = all(inOrder(from(items), mostAtOnce, work));
        expect(await scheduler.waitFor(answers)).toEqual(items);
        expect(most).toBeLessThanOrEqual(mostAtOnce);
      },
    );
    await fc.assert(property, { numRuns: 50 });
  });

  it('answers as soon as it can, although the next item has not come', async () => {
    const second = settable<undefined>();
    async function* items() {
      yield 1;
      await second.promise;
      yield 2;
    }
    const answers = inOrder(items(), 4, (item) => Promise.resolve(item));

    expect(await answers.next()).toEqual({ done: false, value: 1 });
    second.settle(undefined);
    expect(await answers.next()).toEqual({ done: false, value: 2 });
    expect(await answers.next()).toEqual({ done: true, value: undefined });
  });

  it('gives the answers that there are before it says that there will be no more items', async () => {
    const answers = inOrder(from([1, 2, 3], new Error('cut')), 2, (item) => Promise.resolve(item));
    expect(
      [await answers.next(), await answers.next(), await answers.next()].map(({ value }) => value as unknown),
    ).toEqual([1, 2, 3]);
    await expect(answers.next()).rejects.toThrow('cut');
  });

  it('begins nothing new while nobody takes the answers, and ends what was begun', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const answers = inOrder(from([1, 2, 3, 4, 5, 6, 7, 8]), 2, async (item) => {
      begun.push(item);
      await Promise.resolve();
      ended.push(item);
      return item;
    });
    expect((await answers.next()).value).toBe(1);
    await answers.return(undefined);
    expect(begun.length).toBeLessThanOrEqual(3);
    expect(ended).toEqual(begun);
  });
});
