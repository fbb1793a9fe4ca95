import type { KsefTraffic, Traffic } from '@latarnik/domain';

import type { KsefAnswer } from './ksef-api.js';

/** Calls of longer ago say nothing of now. */
const WINDOW_MS = 60_000;
/** Calls remembered; the oldest go first. */
const MOST_CALLS = 1000;

interface EndedCall {
  readonly atMs: number;
  /** The fault, where the call failed. */
  readonly failure?: string;
}

/** Counts how calls to KSeF end. The probe is not among them. */
export class TrafficMeter implements KsefTraffic {
  #calls: EndedCall[] = [];

  /** @param nowMs a clock that is never set back */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  record({ kind, ...answer }: KsefAnswer<unknown>): void {
    const failed = (kind === 'lost' || kind === 'not-sent') && 'cause' in answer;
    this.#calls.push({ atMs: this.nowMs(), ...(failed ? { failure: answer.cause } : {}) });
    if (this.#calls.length > MOST_CALLS) this.#calls.shift();
  }

  take(): Traffic {
    const since = this.nowMs() - WINDOW_MS;
    const calls = this.#calls.filter(({ atMs }) => atMs >= since);
    this.#calls = [];
    const failures = calls.flatMap(({ failure }) => failure ?? []);
    const last = calls.at(-1);
    const lastFailure = failures.at(-1);
    return {
      answered: calls.length - failures.length,
      failed: failures.length,
      ...(last === undefined ? {} : { last: last.failure === undefined ? 'answered' : 'failed' }),
      ...(lastFailure === undefined ? {} : { lastFailure }),
    };
  }
}
