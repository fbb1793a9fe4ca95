import type { Stopwatch } from '@latarnik/domain';
import { setTimeout as pause } from 'node:timers/promises';

/** The monotonic clock and the timers of this process. */
export class TimerStopwatch implements Stopwatch {
  elapsedMs(): number {
    return performance.now();
  }

  async pause(ms: number): Promise<void> {
    await pause(ms);
  }

  async within<T>(ms: number, work: Promise<T>): Promise<T | 'late'> {
    const stop = new AbortController();
    const late = pause(ms, 'late' as const, { signal: stop.signal });
    // Cancelled below, and nobody waits for it any more.
    late.catch(() => undefined);
    // Nobody hears of the end of work that is late.
    work.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } finally {
      stop.abort();
    }
  }
}
