export interface CircuitBreakerOptions {
  /** Failures one after another that open it. */
  readonly failures: number;
  /** How long it stays open; then one call is let through to try. */
  readonly pauseMs: number;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/** Keeps callers from waiting for what has just failed again and again. */
export class CircuitBreaker {
  #failures = 0;
  #openUntilMs: number | undefined;
  #trying = false;

  constructor(private readonly options: CircuitBreakerOptions) {}

  /** Whether a call may be made now. After the pause one is, and others once it succeeded. */
  admits(): boolean {
    if (this.#openUntilMs === undefined) return true;
    if (this.#trying || this.options.nowMs() < this.#openUntilMs) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntilMs = undefined;
    this.#trying = false;
  }

  failed(): void {
    this.#failures += 1;
    this.#trying = false;
    if (this.#failures >= this.options.failures) this.#openUntilMs = this.options.nowMs() + this.options.pauseMs;
  }
}
