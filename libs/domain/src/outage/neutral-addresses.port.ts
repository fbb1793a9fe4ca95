/** Whether any of the addresses that are neither KSeF nor Latarnia answered. */
export type NeutralAnswer = 'answered' | 'silent' | 'none-set';

/** Addresses by which our own lost network is told from KSeF's (reliability B3). Informs people; never a legal signal. */
export interface NeutralAddresses {
  /** Any HTTP answer is one. Never throws. */
  ask(): Promise<NeutralAnswer>;
}
