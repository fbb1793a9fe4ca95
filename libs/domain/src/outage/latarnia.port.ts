import type { AvailabilityBulletin } from './availability-bulletin.js';

/** What Latarnia says of KSeF; `unknown` when nobody could ask it. */
export type LatarniaState = 'available' | 'maintenance' | 'failure' | 'total-failure' | 'unknown';

/** Latarnia, the Ministry's service that announces outages of KSeF (domain rules 1.13). */
export interface Latarnia {
  /** @throws LatarniaUnreachableError: which is "unknown", never "available" and never an outage */
  bulletins(): Promise<readonly AvailabilityBulletin[]>;
  /** @throws LatarniaUnreachableError */
  state(): Promise<LatarniaState>;
}

/** Latarnia gave nothing to go by. */
export class LatarniaUnreachableError extends Error {
  override readonly name = 'LatarniaUnreachableError';
  /** Whether something at its address answered all the same: then our own network works. */
  readonly from: 'nobody' | 'its-host';

  constructor(message: string, options: { readonly cause?: unknown; readonly from?: 'nobody' | 'its-host' } = {}) {
    super(message, options);
    this.from = options.from ?? 'nobody';
  }
}
