import { contextLabel } from '../party/context-identifier.js';
import { blockAfter, type Block } from './block.js';
import type { CallBudget, CallDecision, CallPermit, WantedCall } from './call-budget.port.js';
import { decideCall } from './decide-call.js';
import { FOLLOWED_MS, type Poll } from './poll-pacing.js';
import { limitOf, PUBLISHED_RATE_LIMITS, type RateLimits } from './rate-limit.js';
import { CallHistory, HOUR_MS, MINUTE_MS, PERMIT_LIFE_MS } from './sliding-windows.js';

/** Permits that can still be given back; older ones have long been used. */
const MOST_PERMITS = 10_000;

interface Counter {
  readonly calls: CallHistory;
  /** When each subject was asked about in the last hour, oldest first. */
  readonly polls: Map<string, number[]>;
  block?: Block;
}

/** The budget of one process alone, in memory: for tests, simulations and tools. Decides by the same rule as the shared one. */
export class InProcessCallBudget implements CallBudget {
  readonly #counters = new Map<string, Counter>();
  readonly #permits = new Map<string, { readonly counter: Counter; readonly atMs: number }>();
  #lastPermit = 0;

  /** @param nowMs the present moment (ms since any beginning) */
  constructor(
    private readonly nowMs: () => number,
    private readonly limitsFor: (call: WantedCall) => RateLimits = () => PUBLISHED_RATE_LIMITS.value,
  ) {}

  take(call: WantedCall): Promise<CallDecision> {
    return Promise.resolve(this.takeNow(call));
  }

  /** As `take`, without a promise. */
  takeNow(call: WantedCall): CallDecision {
    const counter = this.#counter(call);
    // A clock that was set back must not shorten a window.
    const nowMs = Math.max(this.nowMs(), counter.calls.nthLatest(1) ?? 0);
    const { pollAbout } = call;
    const poll = pollAbout === undefined ? {} : { poll: pollState(counter.polls, pollAbout, nowMs) };
    const state = { permitted: counter.calls, block: counter.block, ...poll };
    const verdict = decideCall(limitOf(call.group, this.limitsFor(call)), state, nowMs);
    if (verdict.kind === 'later') return verdict;
    counter.calls.add(nowMs);
    if (pollAbout !== undefined) counter.polls.set(pollAbout, [...(counter.polls.get(pollAbout) ?? []), nowMs]);
    return { kind: 'permitted', permit: { id: this.#permit(counter, nowMs), leaveWithinMs: PERMIT_LIFE_MS } };
  }

  giveBack({ id }: CallPermit): Promise<void> {
    const taken = this.#permits.get(id);
    taken?.counter.calls.remove(taken.atMs);
    this.#permits.delete(id);
    return Promise.resolve();
  }

  block(call: WantedCall, retryAfterSeconds: number): Promise<void> {
    const counter = this.#counter(call);
    counter.block = blockAfter(counter.block, retryAfterSeconds, this.nowMs());
    return Promise.resolve();
  }

  #permit(counter: Counter, atMs: number): string {
    const id = String((this.#lastPermit += 1));
    this.#permits.set(id, { counter, atMs });
    if (this.#permits.size > MOST_PERMITS) this.#permits.delete(String(this.#lastPermit - MOST_PERMITS));
    return id;
  }

  #counter({ group, context }: WantedCall): Counter {
    const key = `${group} ${context === undefined ? '' : contextLabel(context)}`;
    const known = this.#counters.get(key) ?? { calls: new CallHistory(), polls: new Map<string, number[]>() };
    this.#counters.set(key, known);
    return known;
  }
}

function pollState(polls: Map<string, number[]>, about: string, nowMs: number): Poll {
  let others = 0;
  for (const [subject, asked] of polls) {
    const lastMs = asked.at(-1) ?? 0;
    if (subject !== about && lastMs > nowMs - FOLLOWED_MS) others += 1;
    if (lastMs <= nowMs - HOUR_MS) polls.delete(subject);
  }
  const asked = (polls.get(about) ?? []).filter((atMs) => atMs > nowMs - HOUR_MS);
  return {
    followed: others + 1,
    lastMs: asked.at(-1),
    askedInMinute: asked.filter((atMs) => atMs > nowMs - MINUTE_MS).length,
    askedInHour: asked.length,
  };
}
