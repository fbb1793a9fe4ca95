/**
 * How an unreachable system answers: the connection is torn down, it stays open without an answer, HTTP 503 comes, or a
 * page of the firewall with status 200.
 */
export const OUTAGE_MANNERS = ['refuse', 'silent', '503', 'html'] as const;
export type OutageManner = (typeof OUTAGE_MANNERS)[number];

/** Whether one of the two systems can be reached. */
export class Reachability {
  #manner: OutageManner | undefined;

  get reachable(): boolean {
    return this.#manner === undefined;
  }

  /** Undefined while reachable. */
  get manner(): OutageManner | undefined {
    return this.#manner;
  }

  cut(manner: OutageManner): void {
    this.#manner = manner;
  }

  restore(): void {
    this.#manner = undefined;
  }
}
