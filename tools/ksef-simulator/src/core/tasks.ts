import type { Cancel, Clock } from './clock.js';

/** Work under way in the background, so that a test can wait for it and the simulator can stop after it. */
export class Tasks {
  readonly #running = new Set<Promise<void>>();
  readonly #waiting = new Set<Cancel>();

  constructor(
    private readonly clock: Clock,
    private readonly report: (error: unknown) => void,
  ) {}

  /** Starts `work` after `delayMs` on the clock. */
  later(delayMs: number, work: () => void | Promise<void>): void {
    const cancel = this.clock.schedule(delayMs, () => {
      this.#waiting.delete(cancel);
      this.#track(work);
    });
    this.#waiting.add(cancel);
  }

  /** Drops everything that has not started, and resolves when the rest is done. */
  async stop(): Promise<void> {
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    await this.settled();
  }

  /** Resolves when nothing that has started is still running; work merely scheduled does not count. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #track(work: () => void | Promise<void>): void {
    const running = (async () => {
      try {
        await work();
      } catch (error) {
        this.report(error);
      }
    })();
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }
}
