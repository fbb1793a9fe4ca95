import { type Cancel, type Clock, SystemClock } from './clock.js';

/** A clock that starts at a chosen moment and runs `speed` times as fast as the machine's: a week in seconds. */
export class ScaledClock implements Clock {
  readonly #system = new SystemClock();
  readonly #startedAt = this.#system.now();

  /** @param start epoch milliseconds */
  constructor(
    private readonly start: number,
    private readonly speed: number,
  ) {}

  now(): number {
    return this.start + Math.floor((this.#system.now() - this.#startedAt) * this.speed);
  }

  schedule(delayMs: number, task: () => void): Cancel {
    const due = this.now() + delayMs;
    return this.#system.schedule(delayMs / this.speed, () => {
      // A timer may fire a little early; a task never sees a moment before its own.
      if (this.now() >= due) task();
      else this.schedule(due - this.now(), task);
    });
  }
}
