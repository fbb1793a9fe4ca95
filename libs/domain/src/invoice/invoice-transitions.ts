import type { BatchId } from '../batch/batch.js';
import type { Instant } from '../shared/instant.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import type {
  Acceptance,
  AcceptedInvoice,
  CompleteInvoice,
  InSessionInvoice,
  Invoice,
  IssuedInvoice,
  KsefRefusal,
  NotIssuedInvoice,
  OfflineIssue,
  OnlineIssue,
  PlannedInvoice,
  ReceivedInvoice,
  RefusedInvoice,
  ReviewInvoice,
} from './invoice.js';

/** Sealed offline: codes and evidence exist. The one legal way from an online attempt that never reached KSeF. */
export function issueOffline(invoice: ReceivedInvoice, issue: OfflineIssue): IssuedInvoice {
  return { ...invoice, state: 'issued', issue };
}

/** Intent to post it in an interactive session, stored before it is posted. */
export function beginPosting(invoice: ReceivedInvoice, issue: OnlineIssue): InSessionInvoice {
  return { ...invoice, state: 'in-session', issue, delivery: { channel: 'interactive' } };
}

/** KSeF told where it is, or we found it there. */
export function locate(
  invoice: InSessionInvoice,
  session: SessionReference,
  reference?: InvoiceReference,
): InSessionInvoice {
  const { delivery } = invoice;
  return {
    ...invoice,
    delivery:
      delivery.channel === 'batch'
        ? { ...delivery, session }
        : { channel: 'interactive', session, ...(reference === undefined ? {} : { invoice: reference }) },
  };
}

/** Nothing was handed out and KSeF surely does not have it. */
export function abandon(invoice: ReceivedInvoice | InSessionInvoice, reason: string): NotIssuedInvoice {
  return { ...identityOf(invoice), state: 'not-issued', reason };
}

/** KSeF finally refused an invoice posted online: it was not issued, and its number is free. */
export function refuseOnline(invoice: InSessionInvoice, refusal: KsefRefusal): NotIssuedInvoice {
  return { ...identityOf(invoice), state: 'not-issued', reason: refusal.description, refusal };
}

export function planInto(invoice: IssuedInvoice, batchId: BatchId): PlannedInvoice {
  return { ...identityOf(invoice), issue: invoice.issue, state: 'planned', delivery: { channel: 'batch', batchId } };
}

/** The session of its batch is open: from here on its fate is KSeF's to tell. */
export function enterSession(invoice: PlannedInvoice, session: SessionReference): InSessionInvoice {
  return { ...invoice, state: 'in-session', delivery: { ...invoice.delivery, session } };
}

/**
 * Waits for delivery again, with the same bytes. Only after its attempt is finally dead (reliability R4); for an
 * invoice whose online attempt is dead, `issue` is the offline one made for it.
 */
export function returnToQueue(
  invoice: PlannedInvoice | InSessionInvoice | RefusedInvoice | ReviewInvoice,
  issue: OfflineIssue,
): IssuedInvoice {
  return { ...identityOf(invoice), state: 'issued', issue };
}

/** The same, after KSeF finally refused this attempt: counted, and not before some moment. */
export function retryLater(invoice: InSessionInvoice, issue: OfflineIssue, notBefore: Instant): IssuedInvoice {
  const identity = identityOf(invoice);
  return { ...identity, deliveryAttempts: identity.deliveryAttempts + 1, state: 'issued', issue, notBefore };
}

export function accept(invoice: InSessionInvoice, acceptance: Acceptance): AcceptedInvoice {
  return { ...invoice, state: 'accepted', acceptance };
}

/** Only with a stored UPO that names this number and this hash (invariant I8). */
export function complete(invoice: AcceptedInvoice): CompleteInvoice {
  return { ...invoice, state: 'complete' };
}

export function reject(invoice: InSessionInvoice, refusal: KsefRefusal): RefusedInvoice {
  return { ...invoice, state: 'rejected', refusal };
}

export function block(invoice: InSessionInvoice, refusal: KsefRefusal): RefusedInvoice {
  return { ...invoice, state: 'blocked', refusal };
}

export function flagConflict(invoice: InSessionInvoice, refusal: KsefRefusal): ReviewInvoice {
  return { ...invoice, state: 'conflict', refusal };
}

export function sendToReview(invoice: InSessionInvoice | AcceptedInvoice, refusal: KsefRefusal): ReviewInvoice {
  const { issue, delivery } = invoice;
  return { ...identityOf(invoice), issue, delivery, state: 'needs-review', refusal };
}

/** What no move changes. */
function identityOf(invoice: Invoice) {
  const { id, context, facts, hash, sizeBytes, receivedAt, deliveryAttempts, version } = invoice;
  return { id, context, facts, hash, sizeBytes, receivedAt, deliveryAttempts, version };
}
