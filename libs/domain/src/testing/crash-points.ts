/** The process is gone: nothing it was about to do happens, and nobody hears what it had done. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
}

/**
 * Kills a worker before or after one of its effects. Every effect has two points, in front of it and behind it; at the
 * n-th point the worker dies, and all it tries after that fails too, until another worker takes its place.
 */
export class CrashPoints {
  #passed = 0;
  #dead = false;

  /** @param at the 1-based point of the death; 0 never */
  constructor(private readonly at: number) {}

  /** Whether the death came; otherwise the run had fewer points. */
  get happened(): boolean {
    return this.at > 0 && this.#passed >= this.at;
  }

  get passed(): number {
    return this.#passed;
  }

  /** Another worker, which lives on. */
  revive(): void {
    this.#dead = false;
  }

  step(): void {
    if (!this.#dead) this.#passed += 1;
    if (!this.#dead && this.#passed === this.at) this.#dead = true;
    if (this.#dead) throw new CrashError(`died at point ${String(this.at)}`);
  }

  /** The same port, whose every call may be the last. */
  around<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name): unknown => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]): Promise<unknown> => {
          this.step();
          const result: unknown = await Reflect.apply(member, target, args);
          this.step();
          return result;
        };
      },
    });
  }
}
