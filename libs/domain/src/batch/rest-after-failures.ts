import type { Instant } from '../shared/instant.js';
import type { Batch } from './batch.js';

/** Batches that decide how long a context rests: as many failures in a row make the longest rest. */
export const FAILURES_LOOKED_AT = 6;
const FIRST_REST_SECONDS = 15;

/**
 * After batches of a context that came to nothing the next one waits: 15 s, then twice as long each time.
 * @returns why nothing is planned in this context now; `undefined` when it needs no rest
 */
export function restAfterFailures(newestFirst: readonly Batch[], now: Instant): string | undefined {
  const lived = newestFirst.findIndex(({ state }) => state !== 'dead');
  const dead = lived === -1 ? newestFirst : newestFirst.slice(0, lived);
  const [last] = dead;
  if (last?.state !== 'dead') return undefined;
  const restSeconds = FIRST_REST_SECONDS * 2 ** (dead.length - 1);
  const sinceSeconds = (now.epochMilliseconds - last.finishedAt.epochMilliseconds) / 1000;
  return sinceSeconds < restSeconds ? `The last batch came to nothing: ${last.reason}.` : undefined;
}
