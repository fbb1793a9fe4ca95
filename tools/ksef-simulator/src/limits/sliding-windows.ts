import { HOUR_MS, MINUTE_MS } from '../core/time.js';
import type { Limit } from './rate-limits.js';

const SECOND_MS = 1000;

/** Why a request is turned away, and for how long. */
export interface Throttling {
  readonly retryAfterSeconds: number;
  /** The limit that was reached; undefined for a request within a block, or one turned away by order. */
  readonly exceeded: { readonly count: number; readonly window: 'sekundę' | 'minutę' | 'godzinę' } | undefined;
}

interface Counter {
  /** When requests were admitted, oldest first. */
  readonly admitted: number[];
  blockedUntil: number;
  /** Each request turned away doubles the next wait; waiting as told halves the count. */
  strikes: number;
  lastStrikeAt: number;
}

/** A client that kept quiet for this long starts again with the shortest wait. */
const STRIKES_FORGOTTEN_AFTER_MS = HOUR_MS;
/** No block lasts longer, unless the window itself takes longer to make room. */
const LONGEST_BLOCK_MS = HOUR_MS;

/**
 * Sliding windows of a second, a minute and an hour, all at once: in no window of that length, wherever it starts, are
 * more requests admitted than the limit says. Requests turned away do not count, but lengthen the block.
 */
export class SlidingWindows {
  readonly #counters = new Map<string, Counter>();

  /** Counts a request. @returns undefined when it may pass */
  admit(key: string, limit: Limit, now: number): Throttling | undefined {
    const counter = this.#counter(key);
    if (now < counter.blockedUntil) return this.#strike(counter, counter.blockedUntil - now, now);
    const full = fullWindow(counter.admitted, limit, now);
    if (full !== undefined) {
      return this.#strike(counter, full.waitMs, now, { count: full.count, window: full.name });
    }
    counter.admitted.push(now);
    if (counter.blockedUntil > 0) {
      // The client waited as told: the next block starts shorter again.
      counter.blockedUntil = 0;
      counter.strikes = Math.floor(counter.strikes / 2);
    }
    const oldest = now - longestWindow(limit);
    while ((counter.admitted[0] ?? now) <= oldest) counter.admitted.shift();
    return undefined;
  }

  /** Turns a request away though there was room, as a fault; the next ones meet the block. */
  turnAway(key: string, now: number): Throttling {
    return this.#strike(this.#counter(key), SECOND_MS, now);
  }

  /** Whether a block is on, whoever ordered it. */
  isBlocked(key: string, now: number): boolean {
    return now < (this.#counters.get(key)?.blockedUntil ?? 0);
  }

  /** Whether the next request meets a block or a full window; counts nothing. @param limit undefined: none counts */
  wouldTurnAway(key: string, limit: Limit | undefined, now: number): boolean {
    if (this.isBlocked(key, now)) return true;
    return limit !== undefined && fullWindow(this.#counters.get(key)?.admitted ?? [], limit, now) !== undefined;
  }

  /** Forgets everything that was counted. */
  clear(): void {
    this.#counters.clear();
  }

  #strike(counter: Counter, waitMs: number, now: number, exceeded?: Throttling['exceeded']): Throttling {
    if (now - counter.lastStrikeAt > STRIKES_FORGOTTEN_AFTER_MS) counter.strikes = 0;
    counter.lastStrikeAt = now;
    const longest = Math.max(waitMs, LONGEST_BLOCK_MS);
    const blockMs = Math.min(Math.max(waitMs, SECOND_MS * 2 ** counter.strikes), longest);
    counter.strikes += 1;
    const retryAfterSeconds = Math.ceil(blockMs / SECOND_MS);
    counter.blockedUntil = Math.max(counter.blockedUntil, now + retryAfterSeconds * SECOND_MS);
    return { retryAfterSeconds, exceeded };
  }

  #counter(key: string): Counter {
    const known = this.#counters.get(key);
    if (known !== undefined) return known;
    const fresh = { admitted: [], blockedUntil: 0, strikes: 0, lastStrikeAt: Number.NEGATIVE_INFINITY };
    this.#counters.set(key, fresh);
    return fresh;
  }
}

interface Window {
  readonly name: NonNullable<Throttling['exceeded']>['window'];
  readonly lengthMs: number;
  readonly count: number;
}

function windowsOf({ perSecond, perMinute, perHour }: Limit): readonly Window[] {
  return [
    { name: 'sekundę' as const, lengthMs: SECOND_MS, count: perSecond },
    ...(perMinute === undefined ? [] : [{ name: 'minutę' as const, lengthMs: MINUTE_MS, count: perMinute }]),
    ...(perHour === undefined ? [] : [{ name: 'godzinę' as const, lengthMs: HOUR_MS, count: perHour }]),
  ];
}

/** The window that takes longest to make room; undefined when all have room. */
function fullWindow(
  admitted: readonly number[],
  limit: Limit,
  now: number,
): (Window & { readonly waitMs: number }) | undefined {
  return windowsOf(limit)
    .map((window) => ({ ...window, waitMs: waitFor(admitted, window, now) }))
    .filter(({ waitMs }) => waitMs > 0)
    .sort((a, b) => b.waitMs - a.waitMs)[0];
}

/** How long until the window has room; 0 when it has. A limit of none never has room. */
function waitFor(admitted: readonly number[], { count, lengthMs }: Window, now: number): number {
  if (count <= 0) return lengthMs;
  const filler = admitted[admitted.length - count];
  return filler === undefined ? 0 : Math.max(0, filler + lengthMs - now);
}

function longestWindow(limit: Limit): number {
  return Math.max(...windowsOf(limit).map(({ lengthMs }) => lengthMs));
}
