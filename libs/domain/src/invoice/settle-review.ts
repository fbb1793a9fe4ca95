import { isNoAnswer } from '../session/ksef-access.js';
import { err, ok, type Result } from '../shared/result.js';
import type { StoredInvoice } from './invoice-repository.port.js';
import type { IssueAfterAll } from './issue-after-all.js';
import type { SettleOutcome, SettlePorts, SettleReviewRequest, TakeOutRefusal } from './review-settlement.js';
import { SettleOfflineReview } from './settle-offline-review.js';
import { SettleOnlineReview } from './settle-online-review.js';

/**
 * Settles an invoice that waits for a person. What would make a second invoice of it, or none, is done only after KSeF was
 * read and surely does not have it (reliability R3, R4). Where reading shows that it is there after all, it is accepted
 * instead.
 */
export class SettleReview {
  private readonly online: SettleOnlineReview;
  private readonly offline: SettleOfflineReview;

  constructor(
    private readonly ports: SettlePorts,
    issueAfterAll: IssueAfterAll,
  ) {
    this.online = new SettleOnlineReview(ports, issueAfterAll);
    this.offline = new SettleOfflineReview(ports);
  }

  /** @throws SignerUnavailableError, ConcurrentUpdateError: nothing happened */
  async execute(request: SettleReviewRequest): Promise<SettleOutcome> {
    const { tenant, invoiceId } = request;
    const found = await this.ports.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.find(invoiceId));
    if (found === undefined) return err({ code: 'INVOICE_NOT_FOUND' });
    const { invoice } = found;
    if (invoice.state !== 'needs-review' && invoice.state !== 'conflict') {
      return err({ code: 'NOT_UNDER_REVIEW', state: invoice.state });
    }
    try {
      return await (invoice.issue.mode === 'online'
        ? this.online.execute(request, invoice)
        : this.offline.execute(request, invoice, invoice.issue));
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
      return err({ code: 'KSEF_NOT_AVAILABLE', reason: error.message });
    }
  }

  /**
   * Takes an invoice in error out of the queue; it stays in the archive. One that was issued offline goes only where KSeF
   * holds another document in its place (`close`), one posted online where KSeF surely does not have it (`give-up`). What is
   * out already stays as it is.
   * @throws SignerUnavailableError, ConcurrentUpdateError: nothing happened
   */
  async takeOut(request: Omit<SettleReviewRequest, 'decision'>): Promise<Result<StoredInvoice, TakeOutRefusal>> {
    const { tenant, invoiceId } = request;
    const found = await this.ports.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.find(invoiceId));
    if (found === undefined) return err({ code: 'INVOICE_NOT_FOUND' });
    const { invoice } = found;
    const { state } = invoice;
    if (state === 'not-issued' || state === 'closed') return ok(found);
    if (state === 'rejected' || state === 'blocked') return err({ code: 'MUST_BE_SENT', state });
    if (state !== 'conflict' && state !== 'needs-review') return err({ code: 'NOT_IN_ERROR', state });
    return this.execute({ ...request, decision: invoice.issue.mode === 'online' ? 'give-up' : 'close' });
  }
}
