import { expect, it } from '@jest/globals';
import { WorkLanes, type LaneWork } from './work-lanes.js';

const piece = (key: string, alone = false): LaneWork => ({ key, alone });

/** Lanes whose work ends when the test says so. */
function heldLanes(lanes: number) {
  const ends = new Map<string, PromiseWithResolvers<undefined>>();
  const begun: string[] = [];
  const errors: unknown[] = [];
  const work = ({ key }: LaneWork): Promise<void> => {
    begun.push(key);
    const end = Promise.withResolvers<undefined>();
    ends.set(key, end);
    return end.promise;
  };
  const end = async (key: string, error?: Error): Promise<void> => {
    if (error === undefined) ends.get(key)?.resolve(undefined);
    else ends.get(key)?.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { pool: new WorkLanes(lanes, work, (error) => errors.push(error)), begun, end, errors };
}

it('does so many at a time, in the order of the last look, and nothing twice', async () => {
  const { pool, begun, end } = heldLanes(2);
  pool.offer([piece('a'), piece('b'), piece('c')]);
  expect(begun).toEqual(['a', 'b']);
  pool.offer([piece('d'), piece('a'), piece('c')]);
  expect(begun).toEqual(['a', 'b']);
  await end('b');
  expect(begun).toEqual(['a', 'b', 'd']);
  await end('d');
  expect(begun).toEqual(['a', 'b', 'd', 'c']);
});

it('does a suspect alone, after the others', async () => {
  const { pool, begun, end, errors } = heldLanes(3);
  pool.offer([piece('a'), piece('suspect', true), piece('b')]);
  expect(begun).toEqual(['a']);
  await end('a');
  expect(begun).toEqual(['a', 'suspect']);
  await end('suspect', new Error('it fails'));
  expect(begun).toEqual(['a', 'suspect', 'b']);
  expect(errors).toEqual([new Error('it fails')]);
});

it('holds the others back for a suspect that was found waiting again and again', async () => {
  const { pool, begun, end } = heldLanes(2);
  const more = (n: number) => [piece(`a${String(n)}`), piece(`b${String(n)}`), piece('suspect', true)];
  for (let look = 1; look <= 5; look += 1) {
    pool.offer(more(look));
    await end(begun.at(-1) ?? '');
  }
  expect(begun).not.toContain('suspect');
  pool.offer(more(6));
  const before = begun.length;
  for (const key of [...begun]) await end(key);
  expect(begun.slice(before)).toEqual(['suspect']);
});

it('ends with what runs, and begins nothing more', async () => {
  const { pool, begun, end } = heldLanes(1);
  pool.offer([piece('a'), piece('b')]);
  let stopped = false;
  const stopping = pool.stop().then(() => (stopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  await end('a');
  await stopping;
  expect(begun).toEqual(['a']);
});
