import type { Tasks } from '../core/tasks.js';

/** Work that hangs: it goes on when its time is over or when it is let go, whichever comes first. */
export class Holds {
  readonly #held = new Map<string, () => void>();

  constructor(private readonly tasks: Tasks) {}

  /** @param name what hangs, e.g. a session's reference number */
  hold(name: string, durationMs: number, work: () => void | Promise<void>): void {
    const goOn = (): void => {
      if (!this.#held.delete(name)) return;
      this.tasks.later(0, work);
    };
    this.#held.set(name, goOn);
    this.tasks.later(durationMs, goOn);
  }

  get names(): readonly string[] {
    return [...this.#held.keys()];
  }

  /** Lets one thing, or everything, go on. @returns what was let go */
  release(name?: string): readonly string[] {
    const released = name === undefined ? this.names : this.names.filter((held) => held === name);
    for (const held of released) this.#held.get(held)?.();
    return released;
  }
}
