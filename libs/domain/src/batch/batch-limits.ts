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

/**
 * Room that an archive takes for each invoice beside its bytes: a header and padding to 512 (tar), two names and their
 * descriptors (ZIP), and blocks that compression cannot make smaller. A plan counts it, so that a package of
 * incompressible invoices still holds the limit.
 */
export const ARCHIVE_ENTRY_BYTES = 2_048;

/** Upload window granted per declared part; every part gets the sum (ksef-docs sesja-wsadowa.md). */
export const UPLOAD_WINDOW_PER_PART = Temporal.Duration.from({ minutes: 20 });

/** Parts that so many bytes before encryption are split into, at least one. */
export function partsFor(bytes: number): number {
  return Math.min(BATCH_LIMITS.parts, Math.max(1, Math.ceil(bytes / BATCH_LIMITS.partBytes)));
}
