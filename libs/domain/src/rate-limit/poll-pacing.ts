import type { RateLimit } from './rate-limit.js';
import { HOUR_MS, MINUTE_MS, type PermittedCalls } from './sliding-windows.js';

/** Of every window of a group, questions that are asked again and again use at most this much. */
export const POLL_SHARE = 0.8;
/** Half of that goes to whoever asks first, to each at most an equal part of it. */
const FREE_SHARE = POLL_SHARE / 2;
/** Less than the other half is shared by turns: the first question about a new session finds room besides. */
const TURNS_SHARE = POLL_SHARE / 4;
/** What nobody asked about for so long is not followed any more; no worker pauses longer between two questions. */
export const FOLLOWED_MS = 600_000;

/** What is known of the questions about one subject among others. */
export interface Poll {
  /** Subjects that were asked about lately, this one among them. */
  readonly followed: number;
  /** When this one was asked about last (epoch, ms). */
  readonly lastMs?: number | undefined;
  /** How often it was asked about in the last minute and in the last hour. */
  readonly askedInMinute: number;
  readonly askedInHour: number;
}

const shareOf = (calls: number, share: number): number => Math.max(1, Math.floor(calls * share));

interface Period {
  readonly lengthMs: number;
  readonly calls: number;
  readonly asked: (poll: Poll) => number;
}

const periodsOf = ({ perMinute, perHour }: RateLimit): readonly Period[] => [
  ...(perMinute === undefined
    ? []
    : [{ lengthMs: MINUTE_MS, calls: perMinute, asked: ({ askedInMinute }: Poll) => askedInMinute }]),
  ...(perHour === undefined
    ? []
    : [{ lengthMs: HOUR_MS, calls: perHour, asked: ({ askedInHour }: Poll) => askedInHour }]),
];

/** Which of the permitted calls tell whether a period gets short, counted from the latest. */
export const placesOfTurns = (limit: RateLimit): readonly number[] =>
  periodsOf(limit).map(({ calls }) => shareOf(calls, FREE_SHARE));

/**
 * When it is the turn (epoch, ms) of the next question about one of many subjects. While a minute and an hour have enough,
 * everybody asks as often as wanted; then they ask by turns, each as often as any other, and all of them together use a
 * fifth of what is allowed. Nobody waits before a first question. (reliability C26; domain rules 8.1: 120 questions a minute,
 * 1200 an hour)
 */
export function nextTurn(limit: RateLimit, permitted: PermittedCalls, poll: Poll, nowMs: number): number {
  const { lastMs, followed } = poll;
  if (lastMs === undefined) return nowMs;
  let turn = nowMs;
  for (const { lengthMs, calls, asked } of periodsOf(limit)) {
    const free = shareOf(calls, FREE_SHARE);
    const filler = permitted.nthLatest(free);
    const hasEnough = filler === undefined || filler <= nowMs - lengthMs;
    if (hasEnough && asked(poll) < Math.max(1, free / followed)) continue;
    turn = Math.max(turn, lastMs + Math.ceil((followed * lengthMs) / shareOf(calls, TURNS_SHARE)));
  }
  return turn;
}
