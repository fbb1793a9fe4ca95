import { randomBytes } from 'node:crypto';
import type { Clock, IdSource } from '@latarnik/domain';

/** The 12 bits after the version hold a counter. */
const COUNTER_LIMIT = 0x1000;
/** A millisecond starts its counter at random in the lower half, which leaves at least 2,048 steps. */
const COUNTER_SEED_LIMIT = 0x800;

/**
 * UUIDs of version 7: they sort by time, so an index over them grows at one end.
 *
 * Each is greater than the one before, within a process, even when the clock stands still or steps back: a counter
 * goes up (RFC 9562 section 6.2, method 1), and when it is used up the time goes one millisecond ahead of the clock.
 * The last 62 bits are drawn anew for each, so no identifier can be guessed from another.
 */
export class UuidV7Source implements IdSource {
  readonly #clock: Clock;
  #lastMs = -1;
  #counter = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): string {
    const random = randomBytes(10);
    this.#advance(this.#clock.now().epochMilliseconds, random.readUInt16BE(8) % COUNTER_SEED_LIMIT);
    random[0] = (random.readUInt8(0) & 0x3f) | 0x80;
    const tail = random.toString('hex', 0, 8);
    const time = this.#lastMs.toString(16).padStart(12, '0');
    const counter = this.#counter.toString(16).padStart(3, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  }

  #advance(nowMs: number, seed: number): void {
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#counter = seed;
      return;
    }
    this.#counter += 1;
    if (this.#counter === COUNTER_LIMIT) {
      this.#lastMs += 1;
      this.#counter = seed;
    }
  }
}
