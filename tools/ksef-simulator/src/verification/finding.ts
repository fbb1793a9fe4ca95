/** One thing that was looked at when a code was scanned. */
export interface Finding {
  /** Stable name for tests. */
  readonly check:
    | 'link'
    | 'invoice'
    | 'certificate'
    | 'certificate-type'
    | 'certificate-state'
    | 'signature'
    | 'right-to-issue'
    | 'seller';
  /** `waiting`: nothing wrong, but not there yet. */
  readonly result: 'ok' | 'waiting' | 'wrong';
  /** For people, in Polish. */
  readonly text: string;
}

/** What a scanned code says. */
export interface Verification {
  readonly title: string;
  readonly findings: readonly Finding[];
  /** Label and value, as read from the link and from KSeF. */
  readonly facts: readonly (readonly [label: string, value: string])[];
}
