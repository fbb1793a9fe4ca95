import type { RequestBudget, RequestLimit } from '@latarnik/domain';

interface Lease {
  left: number;
  /** Until then the bucket is known to be empty. */
  emptyUntilMs: number;
  asking: Promise<void> | undefined;
}

/** Subjects remembered at a time; the longest unused goes first. */
const MOST_SUBJECTS = 20_000;
/** Tokens taken in advance: those of half a second, within these bounds. */
const MOST_IN_ADVANCE = 250;
/** An empty bucket is not asked again sooner. */
const LEAST_WAIT_MS = 10;

/**
 * Holds callers to limits that all API processes share: tokens come from PostgreSQL, a handful at a time, so that most
 * requests cost no query. Together the processes let through `burst` + rate × time, and at most what each holds in advance.
 */
export class RequestLimiter {
  readonly #leases = new Map<string, Lease>();

  constructor(
    private readonly budget: RequestBudget,
    private readonly nowMs: () => number,
  ) {}

  /** @returns seconds to wait; 0 when the request may go on, and has been counted */
  async take(subject: string, limit: RequestLimit): Promise<number> {
    const lease = this.#leaseOf(subject);
    for (;;) {
      if (lease.left >= 1) {
        lease.left -= 1;
        return 0;
      }
      const waitMs = lease.emptyUntilMs - this.nowMs();
      if (waitMs > 0) return waitMs / 1000;
      lease.asking ??= this.#ask(subject, limit, lease).finally(() => (lease.asking = undefined));
      await lease.asking;
    }
  }

  async #ask(subject: string, limit: RequestLimit, lease: Lease): Promise<void> {
    const wanted = Math.max(
      1,
      Math.min(MOST_IN_ADVANCE, Math.floor(limit.perMinute / 120), Math.floor(limit.burst / 4)),
    );
    const { taken, retryAfterSeconds } = await this.budget.take(subject, limit, wanted);
    lease.left += taken;
    lease.emptyUntilMs = taken > 0 ? 0 : this.nowMs() + Math.max(retryAfterSeconds * 1000, LEAST_WAIT_MS);
  }

  #leaseOf(subject: string): Lease {
    const known = this.#leases.get(subject);
    const lease = known ?? { left: 0, emptyUntilMs: 0, asking: undefined };
    // The map keeps the order of insertion: what is used goes to its end.
    this.#leases.delete(subject);
    this.#leases.set(subject, lease);
    const [oldest] = this.#leases.keys();
    if (this.#leases.size > MOST_SUBJECTS && oldest !== undefined) this.#leases.delete(oldest);
    return lease;
  }
}
