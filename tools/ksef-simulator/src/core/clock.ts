/** Undoes a scheduled task that has not run yet. */
export type Cancel = () => void;

/** Time as the simulator sees it; everything that waits or expires goes through here. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Runs `task` once, `delayMs` from now (at the next opportunity when not positive). */
  schedule(delayMs: number, task: () => void): Cancel;
}

/** Longest delay a Node timer can hold; a longer wait is made of several. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's clock. Its timers never keep the process alive. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  schedule(delayMs: number, task: () => void): Cancel {
    const end = this.now() + delayMs;
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const left = end - this.now();
      timer = setTimeout(left > LONGEST_TIMER_MS ? arm : task, Math.min(Math.max(left, 0), LONGEST_TIMER_MS));
      timer.unref();
    };
    arm();
    return () => {
      clearTimeout(timer);
    };
  }
}

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** A clock that only moves when told to; tasks run in order of their due time, then of their scheduling. */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #planned = new Set<Planned>();

  constructor(start: Date) {
    this.#now = start.getTime();
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, task: () => void): Cancel {
    const planned = { at: this.#now + Math.max(delayMs, 0), order: this.#order++, task };
    this.#planned.add(planned);
    return () => {
      this.#planned.delete(planned);
    };
  }

  /** Moves time forward by `ms`, running every task that falls due on the way, at its due time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      this.#planned.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
    }
    this.#now = end;
  }

  #nextUntil(end: number): Planned | undefined {
    return [...this.#planned].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}
