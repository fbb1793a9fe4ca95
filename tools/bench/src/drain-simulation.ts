import {
  batchLimitsWithin,
  InProcessCallBudget,
  limitOf,
  LIST_KEEPS_UP_TO,
  MOST_IN_HAND,
  pollGapSeconds,
  PUBLISHED_CONTEXT_LIMITS,
  type ContextIdentifier,
  type EndpointGroup,
  type WantedCall,
} from '@latarnik/domain';
import { overfilledWindows } from './ksef-count.js';
import { VirtualTime, type Course } from './virtual-time.js';

/** A backlog, and what is taken for granted about everything that is not a limit of KSeF. */
export interface DrainScenario {
  /** Tenants, each with one context of its own. */
  readonly contexts: number;
  readonly invoicesEach: number;
  /** Batches that all workers together make ready at a time. */
  readonly lanes: number;
  /** A full batch, from its plan to its last part. */
  readonly preparationMs: number;
  /** From closing a session to its final code. */
  readonly processingMs: number;
  /** Of a hundred sessions, how many KSeF takes whole: those are read back by their UPO (ADR 0024). */
  readonly wholePercent: number;
}

export interface Drained {
  /** Sessions that were opened. */
  readonly sessions: number;
  /** Until the last session was closed with everything in it. */
  readonly deliveredMs: number;
  /** Until KSeF's answer to the last invoice was read. */
  readonly confirmedMs: number;
  readonly calls: number;
  /** Windows that KSeF, which counts arrivals, would have found overfull. */
  readonly overfilled: number;
}

/** A worker looks for work this often (its default). */
const SWEEP_MS = 10_000;
/** What the gate waits instead of turning a caller away. */
const PATIENCE_MS = 2_000;
/** Rows on a page of a session's list. */
const PAGE_ROWS = 1_000;
/** Calls are under way for 20 ms and up to so much longer. */
const LONGEST_DETOUR_MS = 900;

interface Context {
  readonly identifier: ContextIdentifier;
  /** Sizes of the batches still to be planned. */
  readonly backlog: number[];
  inHand: number;
}

/**
 * The life of every batch in simulated time: planned within the product's limits for batches in hand, opened, uploaded,
 * closed, followed, read. Each call to KSeF is decided by the product's own budget; KSeF counts what arrives.
 */
export class DrainSimulation {
  readonly #time = new VirtualTime();
  readonly #budget = new InProcessCallBudget(() => this.#time.nowMs);
  readonly #arrivals = new Map<string, number[]>();
  readonly #contexts: readonly Context[];
  readonly #drained = { sessions: 0, deliveredMs: 0, confirmedMs: 0, calls: 0 };
  #freeLanes: number;
  #drawn = 1;

  constructor(private readonly scenario: DrainScenario) {
    this.#freeLanes = scenario.lanes;
    this.#contexts = Array.from({ length: scenario.contexts }, (_, at) => ({
      identifier: { type: 'Nip', value: String(1_000_000_000 + at) as ContextIdentifier['value'] },
      backlog: batchesOf(scenario.invoicesEach),
      inHand: 0,
    }));
  }

  run(): Drained {
    this.#time.start(this.#sweeper());
    this.#time.run();
    let overfilled = 0;
    for (const [key, arrivals] of this.#arrivals) {
      overfilled += overfilledWindows(arrivals, limitOf(key.split(' ', 1)[0] as EndpointGroup));
    }
    return { ...this.#drained, overfilled };
  }

  /** Plans what has room, one batch of each context in turn. */
  *#sweeper(): Course {
    while (this.#contexts.some(({ backlog }) => backlog.length > 0)) {
      for (let round = 0; round < MOST_IN_HAND.ofContext; round++) {
        for (const context of this.#contexts) this.#plan(context);
      }
      yield SWEEP_MS;
    }
  }

  #plan(context: Context): void {
    if (context.inHand >= MOST_IN_HAND.ofContext || this.#freeLanes === 0) return;
    const invoices = context.backlog.shift();
    if (invoices === undefined) return;
    context.inHand += 1;
    this.#freeLanes -= 1;
    this.#time.start(this.#batch(context, invoices));
  }

  *#batch(context: Context, invoices: number): Course {
    const session = `session ${String((this.#drained.sessions += 1))}`;
    const { processingMs, preparationMs } = this.scenario;
    yield* this.#call(context, 'batch-open');
    const openedAt = this.#time.nowMs;
    yield preparationMs;
    yield* this.#call(context, 'session-other', session);
    yield* this.#call(context, 'batch-close');
    const closedAt = this.#time.nowMs;
    this.#drained.deliveredMs = Math.max(this.#drained.deliveredMs, closedAt);
    context.inHand -= 1;
    this.#freeLanes += 1;
    do {
      yield pollGapSeconds((this.#time.nowMs - openedAt) / 1000, invoices) * 1000;
      yield* this.#call(context, 'session-other', session);
    } while (this.#time.nowMs < closedAt + processingMs);
    yield* this.#readBack(context, session, invoices);
    this.#drained.confirmedMs = Math.max(this.#drained.confirmedMs, this.#time.nowMs);
  }

  /** Its list, page by page; or, where every invoice was taken, one more status with the pages of its UPO. */
  *#readBack(context: Context, session: string, invoices: number): Course {
    const isWhole = Number(session.split(' ')[1]) % 100 < this.scenario.wholePercent;
    if (isWhole && invoices > LIST_KEEPS_UP_TO) {
      yield* this.#call(context, 'session-other', session);
      return;
    }
    for (let rows = 0; rows < invoices; rows += PAGE_ROWS) yield* this.#call(context, 'session-invoices');
  }

  /** As a worker does: a short wait is waited for, a long one in whole seconds, and then it asks again. */
  *#call({ identifier }: Context, group: EndpointGroup, pollAbout?: string): Course {
    const call: WantedCall = { group, context: identifier, ...(pollAbout === undefined ? {} : { pollAbout }) };
    let decision = this.#budget.takeNow(call);
    while (decision.kind === 'later') {
      const { waitMs } = decision;
      yield waitMs <= PATIENCE_MS ? waitMs : Math.ceil(waitMs / 1000) * 1000;
      decision = this.#budget.takeNow(call);
    }
    this.#drained.calls += 1;
    const arrivals = this.#arrivals.get(`${group} ${identifier.value}`) ?? [];
    arrivals.push(this.#time.nowMs + 20 + this.#detourMs());
    this.#arrivals.set(`${group} ${identifier.value}`, arrivals);
  }

  /** The same course of chance every time (Lehmer). */
  #detourMs(): number {
    this.#drawn = (this.#drawn * 48_271) % 2_147_483_647;
    return this.#drawn % LONGEST_DETOUR_MS;
  }
}

/** Full batches, as the planner makes them of invoices of 5 KB, and the rest. */
function batchesOf(invoices: number): number[] {
  const most = batchLimitsWithin(PUBLISHED_CONTEXT_LIMITS).invoices;
  const batches: number[] = [];
  for (let left = invoices; left > 0; left -= most) batches.push(Math.min(most, left));
  return batches;
}
