import { KsefLoginError, KsefThrottledError, KsefUnreachableError } from '../session/ksef-access.js';
import { lookUpByHash, type LookUp } from '../session/look-up.js';
import { NO_ANSWER_SECONDS } from '../session/review-reasons.js';
import type { SessionReader } from '../session/session-reader.port.js';
import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { StoredInvoice } from './invoice-repository.port.js';
import { giveUp, readAgain } from './invoice-transitions.js';
import type { Invoice, InvoiceId, InvoiceState, NotIssuedInvoice, ReviewInvoice, UnprovenInvoice } from './invoice.js';
import type { IssueAfterAll } from './issue-after-all.js';
import { reactionTo } from './ksef-invoice-status.js';

/**
 * What a person decides about an online invoice under review:
 * - `read-again`: KSeF is asked once more, and nothing is sent;
 * - `issue-offline`: it is issued as offline24 (or as an announced outage says) now;
 * - `give-up`: it was not issued, and its number is free.
 */
export const REVIEW_DECISIONS = ['read-again', 'issue-offline', 'give-up'] as const;
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
  /** It was issued offline: it is sent again by naming it in a batch. */
  | { readonly code: 'ISSUED_OFFLINE' }
  /** Nothing is issued, and no number freed, while KSeF may have it. */
  | { readonly code: 'KSEF_MAY_HAVE_IT'; readonly reason: string }
  | { readonly code: 'KSEF_NOT_AVAILABLE'; readonly reason: string }
  | { readonly code: 'NO_CERTIFICATE_TO_ISSUE_OFFLINE' };

type UnderReview = ReviewInvoice | UnprovenInvoice;

/**
 * Settles an online invoice that waits for a person. What would make a second invoice of it, or none, is done only after
 * KSeF was read and surely does not have it (reliability R3, R4).
 */
export class SettleReview {
  constructor(
    private readonly ports: { readonly unitOfWork: UnitOfWork; readonly reader: SessionReader; readonly clock: Clock },
    private readonly issueAfterAll: IssueAfterAll,
  ) {}

  /** @throws SignerUnavailableError, ConcurrentUpdateError: nothing happened */
  async execute(request: SettleReviewRequest): Promise<Result<StoredInvoice, SettleReviewRefusal>> {
    const { tenant, invoiceId, decision } = request;
    const found = await this.ports.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.find(invoiceId));
    if (found === undefined) return err({ code: 'INVOICE_NOT_FOUND' });
    const { invoice } = found;
    if (invoice.state !== 'needs-review') return err({ code: 'NOT_UNDER_REVIEW', state: invoice.state });
    if (invoice.issue.mode !== 'online') return err({ code: 'ISSUED_OFFLINE' });
    if (decision === 'read-again') return ok(await this.readAgain(request, invoice));
    if ('acceptance' in invoice) return err(mayHaveIt(`It has the number ${invoice.acceptance.ksefNumber}.`));
    const absent = await this.surelyAbsent(tenant, invoice);
    if (!absent.ok) return absent;
    return decision === 'give-up' ? ok(await this.giveUp(request, invoice)) : this.issueOffline(request, invoice);
  }

  private async readAgain(request: SettleReviewRequest, invoice: UnderReview): Promise<StoredInvoice> {
    const reading = readAgain(invoice);
    await this.ports.unitOfWork.inTenant(request.tenant, async ({ invoices, audit, jobs }) => {
      await invoices.save(reading);
      await invoices.postponeTracking(invoice.id, 0);
      await audit.append([this.entry(request, invoice)]);
      await jobs.enqueue({ kind: 'track-interactive', tenant: request.tenant });
    });
    return { invoice: { ...reading, version: reading.version + 1 } };
  }

  private async giveUp(request: SettleReviewRequest, invoice: ReviewInvoice): Promise<StoredInvoice> {
    const given: NotIssuedInvoice = giveUp(invoice, `Given up by ${request.person}: ${request.reason}`);
    await this.ports.unitOfWork.inTenant(request.tenant, async ({ invoices, audit }) => {
      await invoices.save(given);
      await audit.append([this.entry(request, invoice)]);
    });
    return { invoice: { ...given, version: given.version + 1 } };
  }

  private async issueOffline(
    request: SettleReviewRequest,
    invoice: ReviewInvoice,
  ): Promise<Result<StoredInvoice, SettleReviewRefusal>> {
    const issued = await this.issueAfterAll.execute(request, invoice, invoice.refusal.description.replace(/\.$/, ''));
    if (issued === undefined) return err({ code: 'NO_CERTIFICATE_TO_ISSUE_OFFLINE' });
    await this.ports.unitOfWork.inTenant(request.tenant, ({ audit }) => audit.append([this.entry(request, invoice)]));
    return ok(issued);
  }

  private async surelyAbsent(tenant: TenantId, invoice: ReviewInvoice): Promise<Result<void, SettleReviewRefusal>> {
    const { session } = invoice.delivery;
    if (session === undefined) return ok(undefined);
    const access = { tenant, context: invoice.context };
    try {
      const told = await lookUpByHash(this.ports.reader, access, session, invoice.hash);
      const why = this.whyItMayHaveIt(told, invoice);
      return why === undefined ? ok(undefined) : err(mayHaveIt(why));
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
      return err({ code: 'KSEF_NOT_AVAILABLE', reason: error.message });
    }
  }

  /** A session that KSeF has not known for a day has ended, and nothing of it is in KSeF (reliability C22). */
  private whyItMayHaveIt(told: LookUp, { receivedAt, delivery }: ReviewInvoice): string | undefined {
    if (told.kind === 'found') {
      const { code } = told.row;
      return reactionTo(code).reaction === 'resend' ? undefined : `KSeF lists it with status ${String(code)}.`;
    }
    if (delivery.channel === 'interactive' && delivery.invoice !== undefined) {
      return `KSeF confirmed the posting (${delivery.invoice}) and does not list it.`;
    }
    switch (told.kind) {
      case 'absent':
        return undefined;
      case 'not-told': {
        const ageMs = this.ports.clock.now().epochMilliseconds - receivedAt.epochMilliseconds;
        const isForgotten = told.status === undefined && ageMs >= NO_ANSWER_SECONDS * 1000;
        return isForgotten ? undefined : 'The session that it was posted into has not ended.';
      }
    }
  }

  private entry({ actor, decision, person, reason }: SettleReviewRequest, { id, refusal }: UnderReview) {
    const subject = { kind: 'invoice' as const, id: id satisfies Invoice['id'] as string };
    const facts = { decision, person, reason, was: refusal.description };
    return { at: this.ports.clock.now(), actor, action: 'invoice.review-settled', subject, facts };
  }
}

const mayHaveIt = (reason: string): SettleReviewRefusal => ({ code: 'KSEF_MAY_HAVE_IT', reason });

function isNoAnswer(error: unknown): error is Error {
  return (
    error instanceof KsefUnreachableError || error instanceof KsefThrottledError || error instanceof KsefLoginError
  );
}
