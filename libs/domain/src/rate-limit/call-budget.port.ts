import type { ContextIdentifier } from '../party/context-identifier.js';
import type { EndpointGroup } from './endpoint-groups.js';

/** A call that somebody wants to make. */
export interface WantedCall {
  readonly group: EndpointGroup;
  /**
   * In whose name: KSeF counts by context, so two tenants that share one share its budget. Absent for `public`, which is
   * counted together for the whole installation.
   */
  readonly context?: ContextIdentifier;
  /** What it asks about, when the same is asked again and again: such calls leave room to others, and share the rest fairly. */
  readonly pollAbout?: string;
}

/** Leave to make one call. It counts from now on, whether the call is made or not. */
export interface CallPermit {
  readonly id: string;
  /** The call has to be on its way in so many milliseconds, else the permit is given back and another one taken. */
  readonly leaveWithinMs: number;
}

export type CallDecision =
  | { readonly kind: 'permitted'; readonly permit: CallPermit }
  /** Nothing was counted. `blocked`: KSeF itself said so, with a 429. */
  | { readonly kind: 'later'; readonly waitMs: number; readonly because: 'limit' | 'blocked' };

/**
 * The budget of calls to KSeF, one for all processes of an installation: no window of KSeF's limits is ever overfull
 * (reliability R5). Every method throws when the budget cannot be asked; then the call must not be made.
 */
export interface CallBudget {
  /** A permit is on record before this returns: a crash afterwards costs one call, never a breach. */
  take(call: WantedCall): Promise<CallDecision>;
  /** The call was surely not sent: it is no longer counted. Safe to repeat. */
  giveBack(permit: CallPermit): Promise<void>;
  /** KSeF answered 429: nobody calls before that time is over (see `blockAfter`). */
  block(call: WantedCall, retryAfterSeconds: number): Promise<void>;
}
