import { setTimeout as pause } from 'node:timers/promises';

import type { CallBudget, CallPermit, ContextIdentifier, WantedCall } from '@latarnik/domain';

import { type Log, printable } from '../ksef-adapter-event.js';
import { endpointGroupOf, polledSession } from './endpoint-group.js';

/** A wait up to this is nobody's loss; whoever would wait longer is told when to come back. */
const PATIENCE_MS = 2_000;

export type Passage =
  | { readonly kind: 'permitted'; readonly wanted: WantedCall; readonly permit: CallPermit }
  /** The limits leave no room so soon. Nothing was sent, and nothing counted. */
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** Without a permit no call is made. */
  | { readonly kind: 'not-sent'; readonly cause: string };

export interface CallGateOptions {
  readonly log: Log;
  /** @default 2 000 */
  readonly patienceMs?: number;
}

interface Caller {
  readonly method: string;
  readonly path: string;
  readonly context?: ContextIdentifier;
}

/** The one gate that every call to KSeF's API goes through: no call without a permit of the shared budget (ADR 0016). */
export class CallGate {
  readonly #patienceMs: number;

  constructor(
    private readonly budget: CallBudget,
    private readonly options: CallGateOptions,
  ) {
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
  }

  /** Waits a moment for its turn. Never throws, but for a call that belongs to a context and names none. */
  async pass(caller: Caller): Promise<Passage> {
    const wanted = wantedCall(caller);
    const giveUpAt = performance.now() + this.#patienceMs;
    try {
      for (;;) {
        const decision = await this.budget.take(wanted);
        if (decision.kind === 'permitted') return { kind: 'permitted', wanted, permit: decision.permit };
        const { waitMs } = decision;
        if (performance.now() + waitMs > giveUpAt) {
          return { kind: 'throttled', retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
        }
        await pause(waitMs);
      }
    } catch (error) {
      return { kind: 'not-sent', cause: this.#failure(error) };
    }
  }

  /** The call surely never left. A permit that stays taken costs one call of the hour, no more. */
  async giveBack({ permit }: Extract<Passage, { kind: 'permitted' }>): Promise<void> {
    await this.budget.giveBack(permit).catch((error: unknown) => this.#failure(error));
  }

  /** KSeF answered 429, which the budget is there to prevent: everybody waits as long as it says. */
  async blocked({ wanted }: Extract<Passage, { kind: 'permitted' }>, retryAfterSeconds: number): Promise<void> {
    this.options.log({ code: 'KSEF_ANSWERED_429', group: wanted.group, retryAfterSeconds });
    await this.budget.block(wanted, retryAfterSeconds).catch((error: unknown) => this.#failure(error));
  }

  #failure(error: unknown): string {
    const reason = printable(error instanceof Error ? error.message : 'a failure without a message');
    this.options.log({ code: 'CALL_BUDGET_FAILED', reason });
    return `the budget of calls could not be asked: ${reason}`;
  }
}

function wantedCall({ method, path, context }: Caller): WantedCall {
  const group = endpointGroupOf(method, path);
  if (group === 'public') return { group };
  if (context === undefined) throw new Error(`${method} ${path}: a call in a context that names none`);
  const pollAbout = polledSession(method, path);
  return { group, context, ...(pollAbout === undefined ? {} : { pollAbout }) };
}
