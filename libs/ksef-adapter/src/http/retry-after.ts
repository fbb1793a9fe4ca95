const DEFAULT_SECONDS = 60;
/** Blocks grow with repeated breaches (domain rules 7.4); more than a day is taken for an error. */
const MAX_SECONDS = 86_400;

/**
 * Seconds to wait, from a `Retry-After` header in seconds (KSeF sends no dates); 60 when it is missing or unreadable,
 * never less than 1, never more than a day.
 */
export function retryAfterSeconds(header: string | undefined): number {
  const seconds = header !== undefined && /^[0-9]{1,9}$/.test(header.trim()) ? Number(header) : DEFAULT_SECONDS;
  return Math.min(Math.max(seconds, 1), MAX_SECONDS);
}
