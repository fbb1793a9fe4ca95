import { expect, it } from '@jest/globals';
import { viewEvents } from './batch-events.js';

interface Frame {
  readonly view: unknown;
  readonly ended: boolean;
}

async function eventsOf(
  frames: readonly (Frame | undefined)[],
  closeAfter = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  let looks = 0;
  const told: string[] = [];
  const source = {
    read: () => Promise.resolve(frames[Math.min(looks++, frames.length - 1)]),
    pause: () => Promise.resolve(),
    isClosing: () => looks >= closeAfter,
  };
  for await (const event of viewEvents(source)) told.push(event);
  return told;
}

const frame = (state: string, ended = false): Frame => ({ view: { state }, ended });

it('tells each change once, and ends at the terminal state', async () => {
  const frames = [frame('open'), frame('open'), frame('closing'), frame('done', true), frame('never read')];
  expect(await eventsOf(frames)).toEqual([
    'retry: 3000\n\n',
    'event: batch\ndata: {"state":"open"}\n\n',
    'event: batch\ndata: {"state":"closing"}\n\n',
    'event: batch\ndata: {"state":"done"}\n\n',
    'event: end\ndata: {}\n\n',
  ]);
});

it('keeps a quiet connection alive, and ends when the process closes', async () => {
  expect(await eventsOf([frame('processing')], 31)).toEqual([
    'retry: 3000\n\n',
    'event: batch\ndata: {"state":"processing"}\n\n',
    ': nothing new\n\n',
    ': nothing new\n\n',
  ]);
});

it('ends when the thing is gone', async () => {
  expect(await eventsOf([undefined])).toEqual(['retry: 3000\n\n']);
});
