import type { RateLimit } from './rate-limit.js';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/**
 * How much longer than KSeF's each of our windows is. We count by the moment of the permit, KSeF by the moment of arrival,
 * on another clock: two calls may arrive closer together than they were permitted, by as much as the delay of the first
 * was longer than that of the second. While such differences stay within the margin, KSeF sees no window overfull: the
 * second's window with a second of difference, the minute's with 5 and the hour's with 30. They cost less than 1 % of what the
 * hour allows, and nothing of a burst. (ADR 0016)
 */
export const SAFETY_MARGIN_MS = { second: 1_000, minute: 5_000, hour: 30_000 } as const;

/** A permit that was not used in this time is given back: the rest of the margin is the network's. */
export const PERMIT_LIFE_MS = 500;

/** The same for every window, or none: for what KSeF itself would allow. */
export type SafetyMargin = Readonly<Record<'second' | 'minute' | 'hour', number>>;
export const NO_MARGIN: SafetyMargin = { second: 0, minute: 0, hour: 0 };

export interface SlidingWindow {
  readonly lengthMs: number;
  readonly calls: number;
}

/**
 * The windows of a limit, each longer by its margin.
 * @param share of the limit that this kind of call may use up; the rest is kept for others
 */
export function windowsOf(
  { perSecond, perMinute, perHour }: RateLimit,
  { share = 1, margin = SAFETY_MARGIN_MS }: { readonly share?: number; readonly margin?: SafetyMargin } = {},
): readonly SlidingWindow[] {
  const window = (calls: number | undefined, lengthMs: number): readonly SlidingWindow[] =>
    calls === undefined ? [] : [{ lengthMs, calls: calls === 0 ? 0 : Math.max(1, Math.floor(calls * share)) }];
  return [
    ...window(perSecond, SECOND_MS + margin.second),
    ...window(perMinute, MINUTE_MS + margin.minute),
    ...window(perHour, HOUR_MS + margin.hour),
  ];
}

/** No window looks back further. */
export const LONGEST_WINDOW_MS = HOUR_MS + SAFETY_MARGIN_MS.hour;

/** The calls that were permitted, as far as the windows look back. */
export interface PermittedCalls {
  /** Moment (epoch, ms) of the n-th latest call; 1 is the latest. `undefined` when there were fewer. */
  nthLatest(n: number): number | undefined;
}

/**
 * The earliest moment (epoch, ms) at which one more call breaks no window: `nowMs` when it may be made now. In any stretch of time
 * [t, t + length) there are at most `calls` of it, whatever the pattern: a window is full exactly when the call that
 * many before is still inside.
 */
export function earliestCall(windows: readonly SlidingWindow[], permitted: PermittedCalls, nowMs: number): number {
  let earliest = nowMs;
  for (const { lengthMs, calls } of windows) {
    // A limit of none has room at no time; it may have been changed when the window is over.
    const filler = calls === 0 ? nowMs : permitted.nthLatest(calls);
    if (filler !== undefined) earliest = Math.max(earliest, filler + lengthMs);
  }
  return earliest;
}

/** The calls of one counter in memory, oldest first. */
export class CallHistory implements PermittedCalls {
  readonly #atMs: number[] = [];

  nthLatest(n: number): number | undefined {
    return this.#atMs.at(-n);
  }

  /** @param atMs not before the latest */
  add(atMs: number): void {
    if (atMs < (this.#atMs.at(-1) ?? atMs)) throw new Error('calls are recorded in their order');
    this.#atMs.push(atMs);
    const oldest = this.#atMs.findIndex((at) => at > atMs - LONGEST_WINDOW_MS);
    this.#atMs.splice(0, oldest);
  }

  /** A call that was never made. */
  remove(atMs: number): void {
    const at = this.#atMs.lastIndexOf(atMs);
    if (at !== -1) this.#atMs.splice(at, 1);
  }
}
