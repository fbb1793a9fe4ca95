/** A course of action that waits now and then: what it yields is how long (ms). */
export type Course = Generator<number, void>;

/** Time that passes only from one event to the next: hours of waiting cost nothing. */
export class VirtualTime {
  readonly #waiting: { readonly atMs: number; readonly order: number; readonly course: Course }[] = [];
  #order = 0;
  nowMs = 0;

  /** Lets a course begin now, beside all others. */
  start(course: Course): void {
    this.#wakeAt(this.nowMs, course);
  }

  /** Until nothing waits any more. */
  run(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.nowMs = next.atMs;
      const { done, value } = next.course.next();
      if (done !== true) this.#wakeAt(this.nowMs + value, next.course);
    }
  }

  /** Kept in order: by time, then by who came first. */
  #wakeAt(atMs: number, course: Course): void {
    const place = this.#waiting.findLastIndex((other) => other.atMs <= atMs);
    this.#waiting.splice(place + 1, 0, { atMs, order: (this.#order += 1), course });
  }
}
