import type { BatchId } from '../batch/batch.js';
import type { TechnicalCorrectionId } from '../correction/technical-correction.js';
import type { Instant } from '../shared/instant.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import type {
  Acceptance,
  AcceptedInvoice,
  ClosedInvoice,
  CompleteInvoice,
  Delivery,
  CorrectedFile,
  CorrectingInvoice,
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
  UnprovenInvoice,
  UnsendableInvoice,
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
export function enterSession(invoice: PlannedInvoice | InSessionInvoice, session: SessionReference): InSessionInvoice {
  const { delivery } = invoice;
  if (delivery.channel !== 'batch') throw new Error(`invoice ${invoice.id} is in no batch`);
  return { ...invoice, state: 'in-session', delivery: { ...delivery, session } };
}

/** The same bytes once more while the first session says nothing final (reliability C40). Both attempts stay open. */
export function deliverAgain(invoice: InSessionInvoice, batchId: BatchId): InSessionInvoice {
  const { delivery } = invoice;
  if (delivery.channel !== 'batch' || delivery.session === undefined || delivery.earlier !== undefined) {
    throw new Error(`invoice ${invoice.id}: only a first delivery by batch, in a session, has a second`);
  }
  const earlier = { batchId: delivery.batchId, session: delivery.session };
  return { ...invoice, delivery: { channel: 'batch', batchId, earlier } };
}

/** One of two attempts came to nothing: the other one decides. `undefined` when there is no other. */
export function dropAttempt(invoice: InSessionInvoice, batchId: BatchId): InSessionInvoice | undefined {
  const { delivery } = invoice;
  if (delivery.channel !== 'batch' || delivery.earlier === undefined) return undefined;
  const { earlier, ...current } = delivery;
  if (earlier.batchId === batchId) return { ...invoice, delivery: current };
  return { ...invoice, delivery: { channel: 'batch', batchId: earlier.batchId, session: earlier.session } };
}

/**
 * Waits for delivery again, with the same bytes. Only after its attempt is finally dead (reliability R4); for an
 * invoice whose online attempt is dead, `issue` is the offline one made for it.
 */
export function returnToQueue(
  invoice: PlannedInvoice | InSessionInvoice | RefusedInvoice | UnsendableInvoice | ReviewInvoice,
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
  return { ...invoice, delivery: lastOf(invoice.delivery), state: 'accepted', acceptance };
}

/** Only with a stored UPO that names this number and this hash (invariant I8). */
export function complete(invoice: AcceptedInvoice): CompleteInvoice {
  return { ...invoice, state: 'complete' };
}

export function reject(invoice: InSessionInvoice, refusal: KsefRefusal): RefusedInvoice {
  return { ...invoice, state: 'rejected', refusal };
}

export function block(invoice: PlannedInvoice | InSessionInvoice, refusal: KsefRefusal): RefusedInvoice {
  const { issue, delivery } = invoice;
  return { ...identityOf(invoice), issue, delivery, state: 'blocked', refusal };
}

/** It waits, and cannot be sent as it is. */
export function blockUnsent(invoice: IssuedInvoice, refusal: KsefRefusal): UnsendableInvoice {
  return { ...identityOf(invoice), issue: invoice.issue, state: 'blocked', refusal };
}

export function flagConflict(invoice: InSessionInvoice, refusal: KsefRefusal): ReviewInvoice {
  return { ...invoice, state: 'conflict', refusal };
}

export function sendToReview(invoice: PlannedInvoice | InSessionInvoice, refusal: KsefRefusal): ReviewInvoice {
  const { issue, delivery } = invoice;
  return { ...identityOf(invoice), issue, delivery, state: 'needs-review', refusal };
}

/** KSeF gave a number, and no UPO in time. */
export function reportMissingUpo(invoice: AcceptedInvoice, refusal: KsefRefusal): UnprovenInvoice {
  return { ...invoice, state: 'needs-review', refusal };
}

/** KSeF is asked again what became of it; nothing is sent. */
export function readAgain(invoice: ReviewInvoice | UnprovenInvoice): InSessionInvoice | AcceptedInvoice {
  const { issue, delivery } = invoice;
  const delivered = { ...identityOf(invoice), issue, delivery };
  if (!('acceptance' in invoice)) return { ...delivered, state: 'in-session' };
  const { acceptance, corrected } = invoice;
  return { ...delivered, state: 'accepted', acceptance, ...(corrected === undefined ? {} : { corrected }) };
}

/** Reading found, for a person, that KSeF has it after all; with its UPO at hand. */
export function acceptReviewed(invoice: ReviewInvoice | UnprovenInvoice, acceptance: Acceptance): AcceptedInvoice {
  const { issue, delivery } = invoice;
  const file = 'corrected' in invoice ? { corrected: invoice.corrected } : {};
  return { ...identityOf(invoice), issue, delivery: lastOf(delivery), state: 'accepted', acceptance, ...file };
}

/** The same without a UPO yet: it has its number, and stays with the person. */
export function recognise(invoice: ReviewInvoice, acceptance: Acceptance, refusal: KsefRefusal): UnprovenInvoice {
  const { issue, delivery } = invoice;
  return { ...identityOf(invoice), issue, delivery: lastOf(delivery), state: 'needs-review', refusal, acceptance };
}

/** Reading found KSeF's last word on it, which was not known when a person was asked. */
export function refuseReviewed(
  invoice: ReviewInvoice,
  state: RefusedInvoice['state'] | 'conflict',
  refusal: KsefRefusal,
): RefusedInvoice | ReviewInvoice {
  const { issue, delivery } = invoice;
  return { ...identityOf(invoice), issue, delivery: lastOf(delivery), state, refusal };
}

/** A person settled a clash of numbers: KSeF holds another document, and this one is not sent any more. */
export function closeConflict(invoice: ReviewInvoice, issue: OfflineIssue, refusal: KsefRefusal): ClosedInvoice {
  const { delivery } = invoice;
  return { ...identityOf(invoice), issue, delivery: lastOf(delivery), state: 'closed', refusal };
}

/** A person gave up an online invoice that KSeF surely does not have: it was not issued, and its number is free. */
export function giveUp(invoice: ReviewInvoice, reason: string): NotIssuedInvoice {
  return { ...identityOf(invoice), state: 'not-issued', reason, refusal: invoice.refusal };
}

/** A technical correction of it was approved. Only after every attempt of its file is finally refused (reliability R4, D1). */
export function beginCorrecting(
  invoice: RefusedInvoice | ReviewInvoice,
  issue: OfflineIssue,
  correctionId: TechnicalCorrectionId,
): CorrectingInvoice {
  const { delivery, refusal } = invoice;
  return { ...identityOf(invoice), state: 'correcting', issue, delivery, refusal, correctionId };
}

/** KSeF holds it: the file of a technical correction (`corrected`), or after all the one that was issued. */
export function acceptCorrected(
  invoice: CorrectingInvoice,
  acceptance: Acceptance,
  corrected: CorrectedFile | undefined,
): AcceptedInvoice {
  const { issue, delivery } = invoice;
  const file = corrected === undefined ? {} : { corrected };
  return { ...identityOf(invoice), state: 'accepted', issue, delivery, acceptance, ...file };
}

/** The technical correction came to nothing: what KSeF said of it stands, and another may be proposed. */
export function rejectCorrected(invoice: CorrectingInvoice, refusal: KsefRefusal): RefusedInvoice {
  const { issue, delivery } = invoice;
  return { ...identityOf(invoice), state: 'rejected', issue, delivery, refusal };
}

/** KSeF holds something else in its place. */
export function flagCorrectedConflict(invoice: CorrectingInvoice, refusal: KsefRefusal): ReviewInvoice {
  const { issue, delivery } = invoice;
  return { ...identityOf(invoice), state: 'conflict', issue, delivery, refusal };
}

/** Once there is an answer no other attempt is waited for. */
function lastOf(delivery: Delivery): Delivery {
  if (delivery.channel !== 'batch') return delivery;
  const { earlier: _earlier, ...last } = delivery;
  return last;
}

/** What no move changes. */
function identityOf(invoice: Invoice) {
  const { id, context, facts, hash, sizeBytes, receivedAt, deliveryAttempts, requestedMode, version } = invoice;
  const identity = { id, context, facts, hash, sizeBytes, receivedAt, deliveryAttempts, version };
  return requestedMode === undefined ? identity : { ...identity, requestedMode };
}
