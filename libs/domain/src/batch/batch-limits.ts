import { Temporal } from '../shared/instant.js';

/** Limits of a batch session (domain rules 8.2; KSeF batch session limits). */
export const BATCH_LIMITS = {
  invoices: 10_000,
  /** The whole package before encryption. */
  packageBytes: 5_000_000_000,
  parts: 50,
  /** One part before encryption. */
  partBytes: 100_000_000,
} as const;

/** Upload window granted per declared part; every part gets the sum (ksef-docs sesja-wsadowa.md). */
export const UPLOAD_WINDOW_PER_PART = Temporal.Duration.from({ minutes: 20 });
