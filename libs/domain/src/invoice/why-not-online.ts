import { endOfWarsawDay, startOfWarsawDay, warsawDay } from '../calendar/warsaw-time.js';
import type { Instant } from '../shared/instant.js';
import type { InvoiceFacts } from './invoice-facts.js';

/**
 * Why a document cannot be issued online, whatever the state of KSeF: a file sent after its P_1 day is offline in law
 * (art. 106na(1), domain rules 1.9), and attachments travel by batch only (domain rules 1.11).
 * @returns a sentence without its full stop; `undefined` when nothing speaks against it
 */
export function whyNotOnline({ issueDate, hasAttachment }: InvoiceFacts, now: Instant): string | undefined {
  const today = warsawDay(now);
  if (!issueDate.equals(today)) {
    return `It is dated ${issueDate.toString()} and would be sent on ${today.toString()}, which makes it offline24`;
  }
  return hasAttachment ? 'It has an attachment, which KSeF takes in batches only' : undefined;
}

/** KSeF's clock may be so much behind ours; more than this is for an alarm (reliability R8). */
const KSEF_BEHIND_MS = 5_000;

/**
 * How long to wait (ms) until the day has begun by KSeF's clock too: it refuses a P_1 later than the day on which it
 * takes the file (domain rules 1.9).
 */
export function msUntilDayHasBegun(now: Instant): number {
  const sinceMs = now.epochMilliseconds - startOfWarsawDay(warsawDay(now)).epochMilliseconds;
  return Math.max(0, KSEF_BEHIND_MS - sinceMs);
}

/** Whether the Warsaw day ends so soon that KSeF may take on the next one what is posted now: clocks differ, calls last. */
export function isNearEndOfDay(now: Instant, marginSeconds: number): boolean {
  const leftMs = endOfWarsawDay(warsawDay(now)).epochMilliseconds - now.epochMilliseconds;
  return leftMs < marginSeconds * 1000;
}
