import type { Stopwatch } from '../shared/stopwatch.port.js';
import type { FixedClock } from './fixed-clock.js';

/** A stopwatch that goes with a test's clock: a pause moves it on, and nothing else takes time. */
export class HandStopwatch implements Stopwatch {
  /** The next waits for something end before it does. */
  impatient = 0;

  constructor(private readonly clock: FixedClock) {}

  elapsedMs(): number {
    return this.clock.now().epochMilliseconds;
  }

  pause(ms: number): Promise<void> {
    this.clock.advance(ms / 1000);
    return Promise.resolve();
  }

  async within<T>(_ms: number, work: Promise<T>): Promise<T | 'late'> {
    if (this.impatient === 0) return work;
    this.impatient -= 1;
    work.catch(() => undefined);
    return 'late';
  }
}
