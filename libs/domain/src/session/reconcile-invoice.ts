import { parseKsefNumber } from '../ksef-number/ksef-number.js';
import {
  accept,
  block,
  flagConflict,
  refuseOnline,
  reject,
  retryLater,
  sendToReview,
} from '../invoice/invoice-transitions.js';
import { sameHash, type InvoiceHash } from '../invoice/invoice-hash.js';
import type { Acceptance, InSessionInvoice, Invoice, KsefRefusal } from '../invoice/invoice.js';
import { reactionTo } from '../invoice/ksef-invoice-status.js';
import type { Instant } from '../shared/instant.js';
import type { SessionInvoice } from './session-reader.port.js';
import type { SessionReference } from './session-reference.js';

/** Finally refused this often for reasons outside the file, the same bytes need a person. */
export const MOST_DELIVERY_ATTEMPTS = 6;
const FIRST_RETRY_SECONDS = 60;

/**
 * What KSeF's word on one invoice makes of ours. Matched by hash before it comes here.
 * @returns `open` while KSeF has no final word, `duplicate` when the original, which must be read, decides (status 440)
 */
export function settleByRow(
  invoice: InSessionInvoice,
  row: SessionInvoice,
  session: SessionReference,
  now: Instant,
): Invoice | 'open' | 'duplicate' {
  if (!sameHash(invoice.hash, row.hash)) throw new Error(`invoice ${invoice.id}: a row of another hash`);
  const { reaction } = reactionTo(row.code);
  switch (reaction) {
    case 'wait':
      return 'open';
    case 'accepted':
      return acceptWithNumber(invoice, row, session, row.ksefNumber);
    case 'resend':
      return resend(invoice, refusalOf(row), now);
    case 'blocked':
      return refuse(invoice, refusalOf(row), block);
    case 'rejected':
      return refuse(invoice, refusalOf(row), reject);
    case 'review':
      return sendToReview(invoice, refusalOf(row));
    case 'duplicate':
      return 'duplicate';
  }
}

/** KSeF's word on one invoice, with what we advise. */
export function refusalOf({ code, description, details }: SessionInvoice): KsefRefusal {
  return { code, description, details, advice: reactionTo(code).advice };
}

/** An invoice refused online was never issued; one issued offline exists, and has to be brought in all the same. */
function refuse(invoice: InSessionInvoice, refusal: KsefRefusal, offline: typeof block | typeof reject): Invoice {
  return invoice.issue.mode === 'online' ? refuseOnline(invoice, refusal) : offline(invoice, refusal);
}

/** KSeF gave a number; one that is no KSeF number is not believed. */
export function acceptWithNumber(
  invoice: InSessionInvoice,
  row: SessionInvoice,
  session: SessionReference,
  ksefNumber: string | undefined,
): Invoice {
  const number = parseKsefNumber(ksefNumber ?? '');
  if (!number.ok) {
    const { code, description, details } = row;
    const advice = `KSeF accepted it, but its number "${ksefNumber ?? ''}" is not a valid KSeF number: ask KSeF before anything else.`;
    return sendToReview(invoice, { code, description, details, advice });
  }
  const acceptance: Acceptance = {
    ksefNumber: number.value,
    session,
    invoice: row.reference,
    invoicingDate: row.invoicingDate,
    ...(row.acquisitionDate === undefined ? {} : { acquisitionDate: row.acquisitionDate }),
    ...(row.invoicingMode === undefined ? {} : { invoicingMode: row.invoicingMode }),
  };
  return accept(invoice, acceptance);
}

/**
 * The same bytes go again after a pause that doubles with each refusal; after the last attempt a person looks. An
 * online invoice has no offline codes to wait with: what becomes of it is for the caller to decide.
 */
export function resend(invoice: InSessionInvoice, refusal: KsefRefusal, now: Instant): Invoice {
  const { issue, deliveryAttempts } = invoice;
  if (issue.mode === 'online') return sendToReview(invoice, refusal);
  const attempts = deliveryAttempts + 1;
  if (attempts >= MOST_DELIVERY_ATTEMPTS) return sendToReview({ ...invoice, deliveryAttempts: attempts }, refusal);
  return retryLater(invoice, issue, now.add({ seconds: FIRST_RETRY_SECONDS * 2 ** deliveryAttempts }));
}

/** The invoice that KSeF had before, as far as it could be read. */
export interface Original {
  readonly ksefNumber: string;
  readonly hash: InvoiceHash;
  /** The session whose list shows it, with its row there. */
  readonly held?: { readonly session: SessionReference; readonly row: SessionInvoice };
}

/**
 * Status 440: the same bytes are ours and already delivered; other bytes are a conflict of numbers (reliability C34). What
 * KSeF names as the session of the original may be wrong: only one whose list shows it counts (invariant I8).
 * @param original `undefined` when nobody could read it: a person compares
 */
export function judgeDuplicate(
  invoice: InSessionInvoice,
  row: SessionInvoice,
  original: Original | undefined,
): Invoice {
  const refusal = refusalOf(row);
  if (original === undefined) {
    const advice = `${refusal.advice} Its content could not be read. Decide "read-again", or compare by hand.`;
    return sendToReview(invoice, { ...refusal, advice });
  }
  if (!sameHash(original.hash, invoice.hash)) {
    const advice = `${refusal.advice} It has other content (${original.ksefNumber}): a person must decide.`;
    return flagConflict(invoice, { ...refusal, advice });
  }
  if (original.held !== undefined) {
    return acceptWithNumber(invoice, original.held.row, original.held.session, original.ksefNumber);
  }
  const advice = `KSeF holds this very file as ${original.ksefNumber}, and its session was not found: decide "read-again".`;
  return sendToReview(invoice, { ...refusal, advice });
}
