import { reactionToBatchSession } from '../session/ksef-session-status.js';
import { reactionToCall } from '../session/ksef-call-reactions.js';
import type { KsefCallRefusal } from '../session/interactive-session.port.js';

const HTTP_FORBIDDEN = 403;

/** Halvings until 10,000 invoices are one: more would go round in circles (reliability C31). */
export const MOST_HALVINGS = 14;

/**
 * What becomes of invoices that a failed session did not answer for:
 * - `requeue`: back to the queue, counted, after a pause;
 * - `same-again`: all of them in one new batch, packed anew under a fresh key;
 * - `halves`: in two new batches;
 * - `person`: to the human queue;
 * - `block`: nothing of them can be with KSeF, and none goes again before a person names it: what is wrong is outside them.
 */
export type FailurePolicy = 'requeue' | 'same-again' | 'halves' | 'person' | 'block';

/**
 * @param code final code of the session
 * @param before what ended the batches that carried them before (Lineage)
 */
export function afterSessionFailure(code: number, before: readonly number[], invoices: number): FailurePolicy {
  const { reaction } = reactionToBatchSession(code);
  const sameBefore = before.filter((earlier) => reactionToBatchSession(earlier).reaction === reaction).length;
  if (reaction === 'requeue') return 'requeue';
  if (reaction === 'halve') return invoices === 1 || sameBefore >= MOST_HALVINGS ? 'person' : 'halves';
  const isMendable = reaction === 'rebuild' || reaction === 'rekey';
  return isMendable && sameBefore === 0 ? 'same-again' : 'person';
}

/**
 * KSeF's no to opening a session: a fault of the package or the plan is mended once by packing anew (reliability C14). A
 * right that is missing (403) nobody but a person mends (C11). A full session and everything that time mends go back to the
 * queue.
 */
export function afterOpenRefusal(refusal: KsefCallRefusal, before: readonly number[]): FailurePolicy {
  const reaction = reactionToCall(refusal);
  if (reaction === 'person' && refusal.httpStatus === HTTP_FORBIDDEN) return 'block';
  const isOurFault = reaction === 'rebuild' || reaction === 'person';
  if (!isOurFault) return 'requeue';
  return before.includes(codeOf(refusal)) ? 'person' : 'same-again';
}

/** KSeF's own code, else the HTTP status: what a lineage remembers of a refused opening. */
export const codeOf = ({ ksefCode, httpStatus }: KsefCallRefusal): number => ksefCode ?? httpStatus;
