import type { EventFilter } from './event-types.js';
import type { EventSequence, SequencedEvent } from './public-event.js';

export interface FeedBounds {
  /** Events up to this place were deleted for their age; 0 when none was. */
  readonly prunedUpTo: EventSequence;
  /** The last place given so far; 0 when none was. */
  readonly last: EventSequence;
}

/** A page of what happened. */
export interface FeedPage {
  readonly events: readonly SequencedEvent[];
  /** Up to here everything was looked at, whether the filter let it through or not. */
  readonly upTo: EventSequence;
}

/**
 * The events of one tenant in an order that has no gaps: an event that becomes visible later has a later place, however
 * early its transaction began.
 */
export interface EventFeed {
  /**
   * Gives places to committed events that have none yet, in the order of their writing.
   * @param limit at most so many, at least 1
   * @returns how many
   */
  sequence(limit: number): Promise<number>;
  bounds(): Promise<FeedBounds>;
  /** Events after a place, in order; looks at so many of them at most. */
  after(place: EventSequence, filter: EventFilter, limit: number): Promise<FeedPage>;
  /**
   * Deletes the oldest events that have a place, are older than so many days, and that every webhook has had.
   * @returns how many
   */
  prune(olderThanDays: number, limit: number): Promise<number>;
}
