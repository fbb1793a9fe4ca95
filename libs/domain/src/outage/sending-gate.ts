import type { Instant } from '../shared/instant.js';

/** Looks in a row that did not reach KSeF before sending stops: one may be a hiccup (reliability B7). */
export const LOOKS_TO_CLOSE = 2;
/** Looks in a row that reached KSeF before sending starts again: a flapping connection starts nothing (reliability B7). */
export const LOOKS_TO_OPEN = 2;
/** Looks nearer to each other, such as those of two workers at once, count as one. */
export const SECONDS_BETWEEN_LOOKS = 3;
/** After this age a look says nothing any more (reliability B6). */
export const CONNECTION_MAX_AGE_SECONDS = 300;

interface Gate {
  readonly since: Instant;
  readonly lookedAt: Instant;
}

export interface OpenGate extends Gate {
  readonly state: 'open';
  /** Looks in a row that did not reach KSeF. */
  readonly against: Streak;
}

export interface ClosedGate extends Gate {
  readonly state: 'closed';
  /** Looks in a row that reached KSeF. */
  readonly against: Streak;
}

/** Looks in a row that speak against the present state, and when the last of them was counted. */
export interface Streak {
  readonly looks: number;
  readonly at?: Instant;
}

/**
 * Whether batches may go out. Only sending is smoothed: modes and deadlines follow what is known at once (reliability B7).
 * The state is shared by all workers.
 */
export type SendingGate = OpenGate | ClosedGate;

/** The whole lifecycle. A test holds the functions below, and the database CHECK, to this table. */
export const SENDING_GATE_TRANSITIONS = {
  open: ['open', 'closed'],
  closed: ['closed', 'open'],
} as const satisfies Record<SendingGate['state'], readonly SendingGate['state'][]>;

/** The very first look of an installation decides alone. */
export function firstGate(reached: boolean, at: Instant): SendingGate {
  return reached ? opened(at) : closed(at);
}

/** The gate after one more look. A look older than the last one changes nothing. */
export function gateAfterLook(before: SendingGate, reached: boolean, at: Instant): SendingGate {
  if (at.epochMilliseconds < before.lookedAt.epochMilliseconds) return before;
  const gate = expireGate(before, at);
  switch (gate.state) {
    case 'open':
      return reached ? { ...gate, lookedAt: at, against: NONE } : missWhileOpen(gate, at);
    case 'closed':
      return reached ? reachWhileClosed(gate, at) : { ...gate, lookedAt: at, against: NONE };
  }
}

/** An authorization is more than an answer: sending starts at once. One older than the last change changes nothing. */
export function gateAfterAuthorization(before: SendingGate | undefined, at: Instant): SendingGate {
  if (before === undefined) return opened(at);
  if (at.epochMilliseconds < before.since.epochMilliseconds) return before;
  const lookedAt = before.lookedAt.epochMilliseconds > at.epochMilliseconds ? before.lookedAt : at;
  return before.state === 'open' ? { ...before, lookedAt, against: NONE } : { ...opened(at), lookedAt };
}

/** An open gate that nobody has looked through for too long is closed. */
export function expireGate(gate: SendingGate, now: Instant): SendingGate {
  if (gate.state === 'closed' || !isStale(gate.lookedAt, now)) return gate;
  const since = gate.lookedAt.add({ seconds: CONNECTION_MAX_AGE_SECONDS });
  return { state: 'closed', since, lookedAt: gate.lookedAt, against: NONE };
}

/** Whether what was seen at a moment is too old to count. */
export function isStale(seenAt: Instant, now: Instant): boolean {
  return now.epochMilliseconds - seenAt.epochMilliseconds > CONNECTION_MAX_AGE_SECONDS * 1000;
}

function missWhileOpen(gate: OpenGate, at: Instant): SendingGate {
  const against = oneMore(gate.against, at);
  return against.looks >= LOOKS_TO_CLOSE ? closed(at) : { ...gate, lookedAt: at, against };
}

function reachWhileClosed(gate: ClosedGate, at: Instant): SendingGate {
  const against = oneMore(gate.against, at);
  return against.looks >= LOOKS_TO_OPEN ? opened(at) : { ...gate, lookedAt: at, against };
}

function oneMore(streak: Streak, at: Instant): Streak {
  if (streak.at === undefined || isStale(streak.at, at)) return { looks: 1, at };
  const sinceMs = at.epochMilliseconds - streak.at.epochMilliseconds;
  return sinceMs < SECONDS_BETWEEN_LOOKS * 1000 ? streak : { looks: streak.looks + 1, at };
}

const NONE: Streak = { looks: 0 };
const opened = (at: Instant): OpenGate => ({ state: 'open', since: at, lookedAt: at, against: NONE });
const closed = (at: Instant): ClosedGate => ({ state: 'closed', since: at, lookedAt: at, against: NONE });
