import type { AvailabilityBulletin } from './availability-bulletin.js';

export type LatarniaState = 'available' | 'maintenance' | 'failure' | 'total-failure' | 'unknown';

/** Latarnia, the Ministry's service that announces outages of KSeF (domain rules 1.13). */
export interface Latarnia {
  /** @throws LatarniaUnreachableError: which is "unknown", never "available" and never an outage */
  bulletins(): Promise<readonly AvailabilityBulletin[]>;
  /** @throws LatarniaUnreachableError */
  state(): Promise<LatarniaState>;
}

export class LatarniaUnreachableError extends Error {
  override readonly name = 'LatarniaUnreachableError';
}

/** A cheap unauthenticated call that tells whether KSeF answers at all. Informs sending; never a legal signal. */
export interface KsefProbe {
  /** Never throws. */
  probe(): Promise<{ readonly reachable: boolean; readonly detail: string }>;
}
