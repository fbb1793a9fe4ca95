import { Temporal, type EventSequence, type FeedPage, type SequencedEvent, type TenantId } from '@latarnik/domain';
import { expect, it } from '@jest/globals';
import { eventStream } from './event-stream.js';

const TENANT = '01920000-0000-7000-8000-00000000a1b2' as TenantId;
const NOTHING = 'nothing';

const event = (sequence: number): SequencedEvent => ({
  sequence: BigInt(sequence) as EventSequence,
  at: Temporal.Instant.from('2026-11-20T12:00:00Z'),
  type: 'invoice.accepted',
  subject: 'i-1',
  facts: { ksefNumber: 'a\nb' },
});
const page = (upTo: number, ...events: readonly SequencedEvent[]): FeedPage => ({
  events,
  upTo: BigInt(upTo) as EventSequence,
});

/** Reads these pages, then nothing, until so many looks were made. */
async function told(begin: number, pages: readonly (FeedPage | typeof NOTHING)[], looks: number): Promise<string[]> {
  const from: bigint[] = [];
  const frames: string[] = [];
  const source = {
    read: (after: EventSequence) => {
      const found = pages[from.push(after) - 1] ?? NOTHING;
      return Promise.resolve(found === NOTHING ? { events: [], upTo: after } : found);
    },
    pause: () => Promise.resolve(),
    isClosing: () => from.length >= looks,
  };
  for await (const frame of eventStream(TENANT, BigInt(begin) as EventSequence, source)) frames.push(frame);
  return frames;
}

it('tells where it begins, then each event with its id, in one line', async () => {
  const frames = await told(4, [page(5, event(5)), page(6, event(6))], 3);
  expect(frames).toEqual([
    'retry: 3000\nid: evt_00000000a1b2_4\n\n',
    'id: evt_00000000a1b2_5\nevent: invoice.accepted\ndata: {"id":"evt_00000000a1b2_5","type":"invoice.accepted",' +
      '"at":"2026-11-20T12:00:00Z","subject":"i-1","data":{"ksefNumber":"a\\nb"}}\n\n',
    expect.stringContaining('id: evt_00000000a1b2_6'),
  ]);
});

it('keeps a quiet connection alive, and tells how far it looked where the filter let nothing through', async () => {
  const looked = [page(7), ...Array<typeof NOTHING>(40).fill(NOTHING)];
  expect((await told(4, looked, 31)).slice(1)).toEqual([
    ': nothing new\nid: evt_00000000a1b2_7\n\n',
    ': nothing new\n\n',
  ]);
});

it('ends when the process closes, in the midst of a page, and after a quarter of an hour', async () => {
  expect(await told(0, [page(2, event(1), event(2))], 1)).toHaveLength(1);
  const whole = await told(0, [], Number.POSITIVE_INFINITY);
  expect(whole).toHaveLength(1 + 60);
});

it('reads no further than its reader takes', async () => {
  let reads = 0;
  const source = {
    read: (after: EventSequence) => {
      reads += 1;
      return Promise.resolve(page(Number(after) + 1, event(Number(after) + 1)));
    },
    pause: () => Promise.resolve(),
    isClosing: () => false,
  };
  const stream = eventStream(TENANT, 0n as EventSequence, source);
  for (let taken = 0; taken < 4; taken++) await stream.next();
  expect(reads).toBe(3);
  await stream.return(undefined);
});
