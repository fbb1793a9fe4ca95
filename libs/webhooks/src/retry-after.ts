const LONGEST_SECONDS = 86_400;

/**
 * Seconds that a receiver asks to wait: a number, or a date (RFC 9110 section 10.2.3); a day at most.
 * @returns `undefined` when it says nothing that can be read
 */
export function retryAfterSeconds(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - nowMs) / 1000);
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(seconds, 0), LONGEST_SECONDS);
}
