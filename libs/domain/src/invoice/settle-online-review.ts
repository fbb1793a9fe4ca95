import type { Whereabouts } from '../session/find-in-ksef.js';
import { err, ok } from '../shared/result.js';
import type { TenantId } from '../tenant/tenant.js';
import { giveUp, readAgain } from './invoice-transitions.js';
import type { ReviewInvoice } from './invoice.js';
import type { IssueAfterAll } from './issue-after-all.js';
import { reactionTo } from './ksef-invoice-status.js';
import {
  isLongAgo,
  mayHaveIt,
  settledEntry,
  stored,
  whereabouts,
  whyItMayHaveIt,
  type SettleOutcome,
  type SettlePorts,
  type SettleReviewRefusal,
  type SettleReviewRequest,
  type UnderReview,
} from './review-settlement.js';
import { stateEvents } from './state-events.js';

const DUPLICATE = 440;

/** What a person decides about an invoice that was posted online. Refused there, it was never issued (domain rules 7.3). */
export class SettleOnlineReview {
  constructor(
    private readonly ports: SettlePorts,
    private readonly issueAfterAll: IssueAfterAll,
  ) {}

  /** @throws KsefUnreachableError, KsefThrottledError, KsefLoginError: KSeF could not be read, and nothing happened */
  async execute(request: SettleReviewRequest, invoice: UnderReview): Promise<SettleOutcome> {
    const { decision, tenant } = request;
    if (decision === 'send-again' || decision === 'close') return err({ code: 'POSTED_ONLINE' });
    if (decision === 'read-again') return this.readAgain(request, invoice);
    if ('acceptance' in invoice) return err(mayHaveIt(`It has the number ${invoice.acceptance.ksefNumber}.`));
    const told = await whereabouts(this.ports, tenant, invoice);
    const there = whyItMayHaveIt(told);
    if (there !== undefined) return err(mayHaveIt(there));
    if (decision === 'give-up') {
      const unread = await this.isUnreadDuplicate(told, tenant, invoice);
      return unread ? err(mayHaveIt(UNREAD_DUPLICATE)) : this.giveUp(request, invoice);
    }
    const why = whyNotOffline(told, invoice);
    return why === undefined ? this.issueOffline(request, invoice) : err(why);
  }

  /** The worker reads it, as it does after posting; it takes over what KSeF says. */
  private async readAgain(request: SettleReviewRequest, invoice: UnderReview): Promise<SettleOutcome> {
    const reading = readAgain(invoice);
    await this.ports.unitOfWork.inTenant(request.tenant, async ({ invoices, audit, jobs }) => {
      await invoices.save(reading);
      await invoices.postponeTracking(invoice.id, 0);
      await audit.append([settledEntry(this.ports, request, invoice, reading.state)]);
      await jobs.enqueue({ kind: 'track-interactive', tenant: request.tenant });
    });
    return stored(reading);
  }

  private async giveUp(request: SettleReviewRequest, invoice: ReviewInvoice): Promise<SettleOutcome> {
    const given = giveUp(invoice, `Given up by ${request.person}: ${request.reason}`);
    await this.ports.unitOfWork.inTenant(request.tenant, async ({ invoices, audit, outbox }) => {
      await invoices.save(given);
      const entry = settledEntry(this.ports, request, invoice, given.state);
      await audit.append([entry]);
      await outbox.append(stateEvents([given], entry.at));
    });
    return stored(given);
  }

  private async issueOffline(request: SettleReviewRequest, invoice: ReviewInvoice): Promise<SettleOutcome> {
    const issued = await this.issueAfterAll.execute(request, invoice, invoice.refusal.description.replace(/\.$/, ''));
    if (issued === undefined) return err({ code: 'NO_CERTIFICATE_TO_ISSUE_OFFLINE' });
    await this.ports.unitOfWork.inTenant(request.tenant, ({ audit }) =>
      audit.append([settledEntry(this.ports, request, invoice, issued.invoice.state)]),
    );
    return ok(issued);
  }

  /** KSeF refused it as a duplicate a short while ago, of something that nobody could read yet: it may be our own file. */
  private async isUnreadDuplicate(told: Whereabouts, tenant: TenantId, invoice: ReviewInvoice): Promise<boolean> {
    if (invoice.state === 'conflict' || told.kind !== 'refused' || told.row.code !== DUPLICATE) return false;
    return !(await isLongAgo(this.ports, tenant, invoice));
  }
}

/** KSeF would refuse it again: its number is taken, or it refused this very file for itself. */
function whyNotOffline(told: Whereabouts, invoice: ReviewInvoice): SettleReviewRefusal | undefined {
  if (told.kind === 'other') return { code: 'NUMBER_TAKEN_IN_KSEF', ksefNumber: told.ksefNumber };
  if (invoice.state === 'conflict') return { code: 'NUMBER_TAKEN_IN_KSEF' };
  if (told.kind !== 'refused') return undefined;
  const { code } = told.row;
  if (code === DUPLICATE) return { code: 'NUMBER_TAKEN_IN_KSEF' };
  return reactionTo(code).reaction === 'resend' ? undefined : mayHaveIt(`KSeF lists it with status ${String(code)}.`);
}

const UNREAD_DUPLICATE =
  'KSeF refused it as a duplicate of something that could not be read yet, which may be this very file.';
