import type { Clock } from '../shared/clock.port.js';
import { Temporal, type Instant } from '../shared/instant.js';

/** A clock that stands still until a test moves it. */
export class FixedClock implements Clock {
  #now: Instant;

  constructor(start: string) {
    this.#now = Temporal.Instant.from(start);
  }

  now(): Instant {
    return this.#now;
  }

  set(moment: string): void {
    this.#now = Temporal.Instant.from(moment);
  }

  advance(seconds: number): void {
    this.#now = this.#now.add({ milliseconds: Math.round(seconds * 1000) });
  }
}
