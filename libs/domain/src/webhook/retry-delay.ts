/** Before the second attempt, in seconds; doubled for each further one. */
const FIRST_SECONDS = 5;
/** A receiver that comes back hears of everything within so long. */
const LONGEST_SECONDS = 3600;
/** Longer waits asked for by a receiver are cut: a day is no mistake of a clock any more. */
const LONGEST_ASKED_SECONDS = 86_400;
/** Failures in a row, whatever the event, from which a receiver is taken for down. */
const DOWN_AFTER_FAILURES = 5;
/** Between two trials of a receiver that is down. */
const LONGEST_REST_SECONDS = 60;

/**
 * Seconds until the next attempt: exponential, with a jitter that takes away up to half, never earlier than the receiver
 * asked for (reliability P10).
 * @param attempt the one that failed, from 1
 * @param random from 0 inclusive to 1 exclusive
 */
export function retryDelaySeconds(attempt: number, random: number, askedSeconds = 0): number {
  const full = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(attempt - 1, 20));
  const jittered = Math.ceil(full * (1 - random / 2));
  return Math.max(jittered, Math.min(askedSeconds, LONGEST_ASKED_SECONDS));
}

/**
 * Seconds for which a receiver as a whole is left alone: as it asked, or longer and longer while nothing is taken, so that
 * a thousand waiting subjects are not a thousand calls to a machine that is down.
 * @returns 0 when others may go at once
 */
export function restSeconds(failuresInARow: number, askedSeconds = 0): number {
  const beyond = failuresInARow - DOWN_AFTER_FAILURES;
  const own = beyond < 0 ? 0 : Math.min(LONGEST_REST_SECONDS, 2 ** beyond);
  return Math.max(own, Math.min(askedSeconds, LONGEST_ASKED_SECONDS));
}
