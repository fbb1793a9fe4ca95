/**
 * How calls to KSeF of this process ended. Answered is every answer in KSeF's own form, a refusal too; failed is no
 * connection, no answer in time, 5xx, and what is not in KSeF's form, such as HTML.
 */
export interface Traffic {
  readonly answered: number;
  readonly failed: number;
  /** How the latest call ended. Absent when there was none. */
  readonly last?: 'answered' | 'failed';
  /** The latest fault; no address, nothing secret. */
  readonly lastFailure?: string;
}

export const NO_TRAFFIC: Traffic = { answered: 0, failed: 0 };

/** What real calls meet: an answer to a test question does not prove that sending works (reliability B4). */
export interface KsefTraffic {
  /**
   * The calls that ended since it was last asked, of the last minute at most. What was given once is not given again, so
   * that failures of long ago do not outweigh a KSeF that answers now.
   */
  take(): Traffic;
}
