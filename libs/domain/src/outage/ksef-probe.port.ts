/**
 * What came of one question to KSeF: `answered` in KSeF's own form; `unusable`, something at its address answered, but not
 * as KSeF does (5xx, HTML); `silent`, no connection or no answer in time.
 */
export interface ProbeOutcome {
  readonly kind: 'answered' | 'unusable' | 'silent';
  /** Names the fault; no address, nothing secret. */
  readonly detail: string;
}

/** A cheap unauthenticated call that tells whether KSeF answers at all. Informs sending; never a legal signal. */
export interface KsefProbe {
  /** Never throws. */
  probe(): Promise<ProbeOutcome>;
}
