import type { Block } from './block.js';
import { nextTurn, placesOfTurns, POLL_SHARE, type Poll } from './poll-pacing.js';
import type { RateLimit } from './rate-limit.js';
import { earliestCall, windowsOf, type PermittedCalls, type SlidingWindow } from './sliding-windows.js';

/** What a counter knows when a call is wanted. */
export interface CounterState {
  readonly permitted: PermittedCalls;
  readonly block?: Block | undefined;
  /** For a question that is repeated. */
  readonly poll?: Poll;
}

export type Verdict =
  { readonly kind: 'now' } | { readonly kind: 'later'; readonly waitMs: number; readonly because: 'limit' | 'blocked' };

/** The windows that a call is measured by: polls leave a part of each to other calls. */
const windowsFor = (limit: RateLimit, isPoll: boolean): readonly SlidingWindow[] =>
  windowsOf(limit, { share: isPoll ? POLL_SHARE : 1 });

/** Which of the permitted calls decide, counted from the latest: all that must be known of them. */
export function decidingPlaces(limit: RateLimit, isPoll: boolean): readonly number[] {
  const fillers = windowsFor(limit, isPoll).map(({ calls }) => calls);
  return [1, ...fillers.filter((calls) => calls > 0), ...(isPoll ? placesOfTurns(limit) : [])];
}

/** Whether one more call may be made now, else how long to wait. The one rule, wherever the counting is done. */
export function decideCall(limit: RateLimit, { permitted, block, poll }: CounterState, nowMs: number): Verdict {
  if (block !== undefined && nowMs < block.untilMs) {
    return { kind: 'later', waitMs: block.untilMs - nowMs, because: 'blocked' };
  }
  const room = earliestCall(windowsFor(limit, poll !== undefined), permitted, nowMs);
  const earliest = Math.max(room, poll === undefined ? nowMs : nextTurn(limit, permitted, poll, nowMs));
  return earliest > nowMs ? { kind: 'later', waitMs: earliest - nowMs, because: 'limit' } : { kind: 'now' };
}
