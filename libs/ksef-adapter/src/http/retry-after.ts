const DEFAULT_SECONDS = 60;
/** KSeF's longest window is an hour; a longer wish is not believed. */
const MAX_SECONDS = 3600;

/**
 * Seconds to wait, from a `Retry-After` header in seconds (KSeF sends no dates); 60 when it is missing or unreadable,
 * never less than 1, never more than an hour.
 */
export function retryAfterSeconds(header: string | undefined): number {
  const seconds = header !== undefined && /^[0-9]{1,9}$/.test(header.trim()) ? Number(header) : DEFAULT_SECONDS;
  return Math.min(Math.max(seconds, 1), MAX_SECONDS);
}
