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

const SLOWEST_POLL_SECONDS = 600;

/**
 * Until KSeF is asked about a session again: growing with its age, to 10 minutes (C26), and at the beginning with its size:
 * no session of 10,000 invoices ends within 10 seconds, and a context has 1,200 questions an hour for all of its sessions.
 */
export function pollGapSeconds(ageSeconds: number, invoices: number): number {
  const least = Math.max(1, Math.round(invoices / 1000));
  return Math.min(SLOWEST_POLL_SECONDS, Math.max(least, Math.round(ageSeconds / 10)));
}

/**
 * Not known for so long, a session is told to people. Before that a person's word does not end the waiting either: KSeF
 * forgets sessions for a while (reliability C22), and its search may be behind.
 */
export const SESSION_STRANGE_SECONDS = 3600;

/**
 * After so long a session that KSeF does not know is lost: longer than any session lives (12 h, domain rules 8.2), with a
 * margin. Nothing can come of it any more, and its invoices are looked for (reliability C22).
 */
export const SESSION_LOST_SECONDS = 13 * 3600;
