import { HOUR_MS, SECOND_MS } from './sliding-windows.js';

/** What answers 429 mean for the calls after them. */
export interface Block {
  /** Nothing is sent before this moment (epoch, ms). */
  readonly untilMs: number;
  /** Blocks in a row, each begun within an hour of the end of the one before. */
  readonly strikes: number;
}

/** KSeF lengthens the block of those who repeat (domain rules 7.4); what we add of our own ends here. */
export const LONGEST_OWN_BLOCK_MS = HOUR_MS;
/** Whoever got no 429 for so long after a block begins again with KSeF's own word. */
const FORGOTTEN_AFTER_MS = HOUR_MS;
/** `Retry-After` counts whole seconds. */
const ROUNDING_MS = SECOND_MS;

/**
 * After a 429: `Retry-After` is kept in full, and twice as much with each further block in a row, up to an hour of our own
 * (reliability R5, P10). Answers to calls that were under way when the block began lengthen it, but are no further
 * strike.
 */
export function blockAfter(known: Block | undefined, retryAfterSeconds: number, nowMs: number): Block {
  const askedMs = retryAfterSeconds * SECOND_MS + ROUNDING_MS;
  if (known !== undefined && nowMs < known.untilMs) {
    return { ...known, untilMs: Math.max(known.untilMs, nowMs + askedMs) };
  }
  const inARow = known !== undefined && nowMs < known.untilMs + FORGOTTEN_AFTER_MS ? known.strikes : 0;
  const ownMs = Math.min(askedMs * 2 ** Math.min(inARow, 20), LONGEST_OWN_BLOCK_MS);
  return { untilMs: nowMs + Math.max(askedMs, ownMs), strikes: inARow + 1 };
}
