import type { AuditEntry } from '../audit/audit-trail.port.js';
import { findInKsef, type SoughtFile, type Whereabouts } from '../session/find-in-ksef.js';
import { NO_ANSWER_SECONDS } from '../session/review-reasons.js';
import type { SessionReader } from '../session/session-reader.port.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import { ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { StoredInvoice } from './invoice-repository.port.js';
import type { InvoiceId, InvoiceState, ReviewInvoice, UnprovenInvoice } from './invoice.js';

/**
 * What a person decides about an invoice that waits for them (`needs-review`, `conflict`). KSeF is read before every one:
 * - `read-again`: KSeF is asked once more, and nothing is sent; what it says is taken over;
 * - `send-again`, of one issued offline: KSeF does not have it, and the same bytes wait for the next batch;
 * - `close`, of one issued offline: KSeF holds another document under its number, and it is not sent any more;
 * - `issue-offline`, of one posted online: it is issued as offline24 (or as an announced outage says) now;
 * - `give-up`, of one posted online: it was not issued, and its number is free.
 */
export const REVIEW_DECISIONS = ['read-again', 'send-again', 'close', 'issue-offline', 'give-up'] as const;
export type ReviewDecision = (typeof REVIEW_DECISIONS)[number];

export interface SettleReviewRequest {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly invoiceId: InvoiceId;
  readonly decision: ReviewDecision;
  /** Who decides, and why: for the audit trail. */
  readonly person: string;
  readonly reason: string;
}

export type SettleReviewRefusal =
  | { readonly code: 'INVOICE_NOT_FOUND' }
  | { readonly code: 'NOT_UNDER_REVIEW'; readonly state: InvoiceState }
  /** The decision is one about online invoices: it was issued offline, and has to be sent. */
  | { readonly code: 'ISSUED_OFFLINE' }
  /** The decision is one about offline invoices. */
  | { readonly code: 'POSTED_ONLINE' }
  /** Nothing is issued, sent or closed, and no number freed, while KSeF may have it. */
  | { readonly code: 'KSEF_MAY_HAVE_IT'; readonly reason: string }
  /** KSeF holds another document of this seller, kind and number: it would refuse this one. */
  | { readonly code: 'NUMBER_TAKEN_IN_KSEF'; readonly ksefNumber?: string }
  /** KSeF was read, and says nothing that was not known. */
  | { readonly code: 'NOTHING_NEW'; readonly reason: string }
  /** There is no other document in KSeF to close it for. */
  | { readonly code: 'NO_CONFLICT'; readonly reason: string }
  | { readonly code: 'KSEF_NOT_AVAILABLE'; readonly reason: string }
  | { readonly code: 'NO_CERTIFICATE_TO_ISSUE_OFFLINE' };

/** Why an invoice stays in the queue. */
export type TakeOutRefusal =
  | SettleReviewRefusal
  /** Only what is in error is taken out: the others are on their way, or done. */
  | { readonly code: 'NOT_IN_ERROR'; readonly state: InvoiceState }
  /** Issued offline, it exists in law, and KSeF holds nothing in its place: the duty to send it stands (art. 106nda, 106nf). */
  | { readonly code: 'MUST_BE_SENT'; readonly state: 'rejected' | 'blocked' };

export type UnderReview = ReviewInvoice | UnprovenInvoice;
export type SettleOutcome = Result<StoredInvoice, SettleReviewRefusal>;
export interface SettlePorts {
  readonly unitOfWork: UnitOfWork;
  readonly reader: SessionReader;
  readonly clock: Clock;
}

/**
 * Reads where the file of an invoice is.
 * @param others files that were sent in its place
 * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError
 */
export async function whereabouts(
  ports: SettlePorts,
  tenant: TenantId,
  invoice: UnderReview,
  others: readonly SoughtFile[] = [],
): Promise<Whereabouts> {
  const { context, facts, hash, delivery } = invoice;
  const earlier = delivery.channel === 'batch' ? delivery.earlier?.session : undefined;
  const file: SoughtFile = {
    hash,
    sessions: [earlier, delivery.session].filter((session) => session !== undefined),
    isConfirmed: delivery.channel === 'interactive' && delivery.invoice !== undefined,
  };
  const sought = { facts, files: [file, ...others], isLongAgo: await isLongAgo(ports, tenant, invoice) };
  return findInKsef(ports.reader, { tenant, context }, sought);
}

/** Whether it was sent so long ago that KSeF's lists are no longer behind. */
export async function isLongAgo(ports: SettlePorts, tenant: TenantId, invoice: UnderReview): Promise<boolean> {
  const sentAt = await sentNotBefore(ports, tenant, invoice);
  return ports.clock.now().epochMilliseconds - sentAt.epochMilliseconds >= NO_ANSWER_SECONDS * 1000;
}

/** Since when it may have been with KSeF. */
async function sentNotBefore(
  { unitOfWork }: SettlePorts,
  tenant: TenantId,
  { delivery, receivedAt }: UnderReview,
): Promise<Instant> {
  if (delivery.channel !== 'batch') return receivedAt;
  const batch = await unitOfWork.inTenant(tenant, ({ batches }) => batches.find(delivery.batchId));
  if (batch === undefined) return receivedAt;
  return 'openedAt' in batch ? batch.openedAt : batch.plannedAt;
}

/** Why a decision that needs KSeF not to have it is refused; `undefined` when KSeF surely does not. */
export function whyItMayHaveIt(told: Whereabouts): string | undefined {
  switch (told.kind) {
    case 'accepted':
      return `KSeF accepted it as ${told.row.ksefNumber ?? 'an invoice without a number'}.`;
    case 'numbered':
      return `KSeF holds it as ${told.ksefNumber}; its session was not found yet.`;
    case 'open':
      return told.reason;
    case 'other':
    case 'refused':
    case 'absent':
      return undefined;
  }
}

export const mayHaveIt = (reason: string): SettleReviewRefusal => ({ code: 'KSEF_MAY_HAVE_IT', reason });

/** For the audit trail: who decided what, what was known before, and what it led to. */
export function settledEntry(
  { clock }: SettlePorts,
  { actor, decision, person, reason }: SettleReviewRequest,
  { id, refusal }: UnderReview,
  became: InvoiceState,
): AuditEntry {
  const subject = { kind: 'invoice' as const, id: id satisfies InvoiceId as string };
  const facts = { decision, person, reason, was: refusal.description, became };
  return { at: clock.now(), actor, action: 'invoice.review-settled', subject, facts };
}

export const stored = (invoice: StoredInvoice['invoice']): SettleOutcome =>
  ok({ invoice: { ...invoice, version: invoice.version + 1 } });
