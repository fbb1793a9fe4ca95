const WARSAW_DAY = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Warsaw',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The calendar day in Europe/Warsaw, `YYYY-MM-DD`: the day KSeF compares with P_1 (domain-rules 6). */
export function warsawDay(epochMs: number): string {
  return WARSAW_DAY.format(epochMs);
}

/** A timestamp as KSeF prints it: seven fraction digits and a numeric offset. */
export function ksefTimestamp(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '0000+00:00');
}

/** A timestamp with whole seconds and a numeric offset, as Latarnia prints it. */
export function latarniaTimestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}+00:00`;
}

/**
 * Reads an ISO 8601 timestamp; one without offset is Europe/Warsaw time (api-changelog 2.1.2).
 * @returns undefined when the text is no timestamp
 */
export function parseTimestamp(text: string): number | undefined {
  const match = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (match === null) return undefined;
  const hasTime = text.includes('T');
  const epochMs = Date.parse(match[1] === undefined ? `${text}${hasTime ? '' : 'T00:00:00'}Z` : text);
  if (Number.isNaN(epochMs)) return undefined;
  return match[1] === undefined ? epochMs - warsawOffsetMs(epochMs) : epochMs;
}

function warsawOffsetMs(epochMs: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: 'Europe/Warsaw', timeZoneName: 'longOffset' })
    .formatToParts(epochMs)
    .find(({ type }) => type === 'timeZoneName');
  const hours = Number(/GMT([+-]\d{2})/.exec(parts?.value ?? '')?.[1] ?? 0);
  return hours * HOUR_MS;
}
