import { warsawDay } from '../calendar/warsaw-time.js';
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
