import type { InMemoryOutbox } from '../../testing/in-memory-terms.js';
import type { EventFeed, FeedBounds, FeedPage } from '../event-feed.port.js';
import { passes, type EventFilter } from '../event-types.js';
import { BEFORE_ALL_EVENTS, type EventSequence, type SequencedEvent } from '../public-event.js';

/** Places are given in the order of writing; transactions run one after another here, so nothing commits late. */
export class InMemoryEventFeed implements EventFeed {
  placed: readonly SequencedEvent[] = [];
  #taken = 0;
  #prunedUpTo = BEFORE_ALL_EVENTS;

  constructor(private readonly outbox: InMemoryOutbox) {}

  savepoint(): () => void {
    const { placed } = this;
    const [taken, prunedUpTo] = [this.#taken, this.#prunedUpTo];
    return () => {
      this.placed = placed;
      this.#taken = taken;
      this.#prunedUpTo = prunedUpTo;
    };
  }

  sequence(limit: number): Promise<number> {
    const next = this.outbox.events.slice(this.#taken, this.#taken + limit);
    const first = this.#taken + 1;
    this.placed = [
      ...this.placed,
      ...next.map((event, at) => ({ ...event, sequence: BigInt(first + at) as EventSequence })),
    ];
    this.#taken += next.length;
    return Promise.resolve(next.length);
  }

  bounds(): Promise<FeedBounds> {
    return Promise.resolve({ prunedUpTo: this.#prunedUpTo, last: BigInt(this.#taken) as EventSequence });
  }

  after(place: EventSequence, filter: EventFilter, limit: number): Promise<FeedPage> {
    const looked = this.placed.filter(({ sequence }) => sequence > place).slice(0, limit);
    const events = looked.filter(({ type }) => passes(filter, type));
    return Promise.resolve({ events, upTo: looked.at(-1)?.sequence ?? place });
  }

  /** Knows no clock: an event is as old as a test says. */
  prune(olderThanDays: number, limit: number): Promise<number> {
    const gone = this.placed.slice(0, Math.min(limit, this.oldOnes(olderThanDays)));
    this.placed = this.placed.slice(gone.length);
    this.#prunedUpTo = gone.at(-1)?.sequence ?? this.#prunedUpTo;
    return Promise.resolve(gone.length);
  }

  oldOnes: (olderThanDays: number) => number = () => 0;
}
