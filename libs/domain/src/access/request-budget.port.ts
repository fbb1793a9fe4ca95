/** A bucket of tokens: a request takes one, time puts them back. */
export interface RequestLimit {
  readonly perMinute: number;
  /** Tokens that a full bucket holds: so many requests may come at once. */
  readonly burst: number;
}

/** Buckets that every process of an installation takes from, so that more replicas give nobody more (reliability S9). */
export interface RequestBudget {
  /**
   * Takes up to `wanted` tokens out of the bucket of `subject`, as many as there are.
   * @returns how many were taken, and when (s) the next one comes if there was none
   */
  take(
    subject: string,
    limit: RequestLimit,
    wanted: number,
  ): Promise<{ readonly taken: number; readonly retryAfterSeconds: number }>;
}
