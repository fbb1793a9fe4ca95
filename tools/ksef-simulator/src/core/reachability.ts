/** How an unreachable system answers: not at all (the connection is torn down), or with HTTP 503. */
export type OutageManner = 'refuse' | '503';

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
