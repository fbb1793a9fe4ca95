import type { RateLimit } from '@latarnik/domain';

const WINDOWS = [
  ['perSecond', 1_000],
  ['perMinute', 60_000],
  ['perHour', 3_600_000],
] as const;

/**
 * When each of so many calls could be made at the earliest (ms after the first), by somebody who knows KSeF's clock and
 * whose calls take no time: what the limits allow. Written without any part of the product.
 */
export function earliestTimes(count: number, limit: RateLimit): readonly number[] {
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    const bounds = WINDOWS.map(([name, lengthMs]) => {
      const most = limit[name];
      return most === undefined || call < most ? 0 : (times[call - most] ?? 0) + lengthMs;
    });
    times.push(Math.max(times[call - 1] ?? 0, ...bounds));
  }
  return times;
}

/** Windows of KSeF that these arrivals overfill. */
export function overfilledWindows(arrivals: readonly number[], limit: RateLimit): number {
  const sorted = [...arrivals].sort((a, b) => a - b);
  let overfilled = 0;
  for (const [name, lengthMs] of WINDOWS) {
    const most = limit[name] ?? Number.POSITIVE_INFINITY;
    overfilled += sorted.filter((at, index) => index >= most && at - (sorted[index - most] ?? 0) < lengthMs).length;
  }
  return overfilled;
}
