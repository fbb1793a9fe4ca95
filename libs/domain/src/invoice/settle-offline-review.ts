import type { Whereabouts } from '../session/find-in-ksef.js';
import { findUpo } from '../session/find-upo.js';
import { completeWithUpo } from '../session/fetch-upo.js';
import { acceptanceIn } from '../session/acceptance-in.js';
import { upoAwaited } from '../session/review-reasons.js';
import { isLiveCorrection } from '../correction/technical-correction.js';
import { numberedDocumentEvents } from '../handover/document-due.js';
import { err, ok } from '../shared/result.js';
import { acceptReviewed, closeConflict, recognise, refuseReviewed, returnToQueue } from './invoice-transitions.js';
import type { Invoice, KsefRefusal, OfflineIssue, ReviewInvoice, UnprovenInvoice } from './invoice.js';
import { sameHash } from './invoice-hash.js';
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
  type SettleReviewRequest,
  type UnderReview,
} from './review-settlement.js';
import { completionEvents, stateEvents } from './state-events.js';

const DUPLICATE = 440;
type Accepted = Extract<Whereabouts, { kind: 'accepted' }>;

/**
 * What a person decides about an invoice that was issued offline: it exists in law, so it is brought in, or it is settled
 * that KSeF holds another document in its place. What reading finds in KSeF is taken over, whatever was decided.
 */
export class SettleOfflineReview {
  constructor(private readonly ports: SettlePorts) {}

  /** @throws KsefUnreachableError, KsefThrottledError, KsefLoginError: KSeF could not be read, and nothing happened */
  async execute(request: SettleReviewRequest, invoice: UnderReview, issue: OfflineIssue): Promise<SettleOutcome> {
    const { decision, tenant } = request;
    if (decision === 'issue-offline' || decision === 'give-up') return err({ code: 'ISSUED_OFFLINE' });
    if ('acceptance' in invoice) return this.prove(request, invoice);
    const corrections = await this.ports.unitOfWork.inTenant(tenant, (stores) => stores.corrections.of(invoice.id));
    if (corrections.some(isLiveCorrection)) return err(mayHaveIt(UNDER_CORRECTION));
    const told = await whereabouts(this.ports, tenant, invoice, corrections);
    const isOwn = told.kind === 'accepted' && sameHash(told.file.hash, invoice.hash);
    if (isOwn) return this.takeOver(request, invoice, told);
    const there = whyItMayHaveIt(told);
    if (there !== undefined) return err(mayHaveIt(told.kind === 'accepted' ? CORRECTED : there));
    if (decision === 'close') return this.close(request, invoice, issue, told);
    return this.readOrSend(request, invoice, issue, told);
  }

  private readOrSend(
    request: SettleReviewRequest,
    invoice: ReviewInvoice,
    issue: OfflineIssue,
    told: Whereabouts,
  ): Promise<SettleOutcome> {
    if (told.kind === 'other') return this.flag(request, invoice, told);
    if (told.kind === 'refused') return this.afterRefusal(request, invoice, issue, told);
    if (request.decision === 'send-again') return this.sendAgain(request, invoice, issue);
    return Promise.resolve(err(nothingNew(invoice.state === 'conflict' ? STILL_A_CONFLICT : NOT_THERE)));
  }

  /** It has its number; what is missing is the UPO, which may be in another session than was thought. */
  private async prove(request: SettleReviewRequest, invoice: UnprovenInvoice): Promise<SettleOutcome> {
    const { tenant, decision } = request;
    const { acceptance, context } = invoice;
    if (decision !== 'read-again') return err(mayHaveIt(`It has the number ${acceptance.ksefNumber}.`));
    const accepted = acceptReviewed(invoice, acceptance);
    const found = await findUpo(this.ports.reader, { tenant, context }, accepted);
    if (found === undefined) return err(nothingNew(`KSeF has no UPO for ${acceptance.ksefNumber} yet.`));
    return this.complete(request, invoice, found);
  }

  private async takeOver(
    request: SettleReviewRequest,
    invoice: ReviewInvoice,
    { session, row }: Accepted,
  ): Promise<SettleOutcome> {
    const acceptance = acceptanceIn(session, row);
    if (!acceptance.ok) return err(mayHaveIt(acceptance.error.advice));
    const accepted = acceptReviewed(invoice, acceptance.value);
    const access = { tenant: request.tenant, context: invoice.context };
    const found = await findUpo(this.ports.reader, access, accepted);
    if (found !== undefined) return this.complete(request, invoice, found);
    const { ksefNumber } = acceptance.value;
    return this.save(request, invoice, recognise(invoice, acceptance.value, upoAwaited(ksefNumber)));
  }

  private async complete(
    request: SettleReviewRequest,
    invoice: UnderReview,
    { invoice: accepted, upo }: NonNullable<Awaited<ReturnType<typeof findUpo>>>,
  ): Promise<SettleOutcome> {
    const at = this.ports.clock.now();
    const proven = { ...accepted, version: accepted.version + 1 };
    const { id, acceptance } = proven;
    await this.ports.unitOfWork.inTenant(request.tenant, async (stores) => {
      await stores.invoices.save(accepted);
      await stores.audit.append([settledEntry(this.ports, request, invoice, accepted.state)]);
      if (!('acceptance' in invoice)) await stores.outbox.append(stateEvents([accepted], at));
      await completeWithUpo(stores, [{ invoice: proven, upo }], at);
      await stores.outbox.append(completionEvents([{ id, ksefNumber: acceptance.ksefNumber }], at));
    });
    return stored({ ...proven, state: 'complete' });
  }

  private flag(
    request: SettleReviewRequest,
    invoice: ReviewInvoice,
    { ksefNumber }: Extract<Whereabouts, { kind: 'other' }>,
  ): Promise<SettleOutcome> {
    if (invoice.state === 'conflict') {
      const refusal =
        request.decision === 'send-again'
          ? ({ code: 'NUMBER_TAKEN_IN_KSEF', ksefNumber } as const)
          : nothingNew(`KSeF holds ${ksefNumber} under this number, with other content.`);
      return Promise.resolve(err(refusal));
    }
    const { advice } = reactionTo(DUPLICATE);
    const refusal = { ...invoice.refusal, code: DUPLICATE, advice: `${advice} It has other content (${ksefNumber}).` };
    return this.save(request, invoice, refuseReviewed(invoice, 'conflict', refusal));
  }

  /** KSeF's last word, which was not known: a missing right, a file that is wrong, or a failure of its own. */
  private async afterRefusal(
    request: SettleReviewRequest,
    invoice: ReviewInvoice,
    issue: OfflineIssue,
    { row }: Extract<Whereabouts, { kind: 'refused' }>,
  ): Promise<SettleOutcome> {
    const { code, description, details } = row;
    if (code === DUPLICATE) return err(mayHaveIt(UNREAD_DUPLICATE));
    const { reaction, advice } = reactionTo(code);
    if (invoice.state === 'needs-review' && (reaction === 'rejected' || reaction === 'blocked')) {
      const refusal: KsefRefusal = { code, description, details, advice };
      return this.save(request, invoice, refuseReviewed(invoice, reaction, refusal));
    }
    if (request.decision === 'send-again') return this.sendAgain(request, invoice, issue);
    return err(nothingNew(`KSeF finally refused it with status ${String(code)}. ${advice}`));
  }

  /** KSeF surely does not have it: the same bytes wait for the next batch, with a fresh count of attempts. */
  private sendAgain(request: SettleReviewRequest, invoice: ReviewInvoice, issue: OfflineIssue): Promise<SettleOutcome> {
    if (invoice.state === 'conflict') return Promise.resolve(err({ code: 'NUMBER_TAKEN_IN_KSEF' }));
    return this.save(request, invoice, { ...returnToQueue(invoice, issue), deliveryAttempts: 0 });
  }

  /**
   * KSeF holds another document under this number, as reading shows, or as a person found by hand who could not be helped by
   * reading for a day. What the buyer holds stays what it was (`CORRECTION_GROUNDS` 440 is the other way out).
   */
  private async close(
    request: SettleReviewRequest,
    invoice: ReviewInvoice,
    issue: OfflineIssue,
    told: Whereabouts,
  ): Promise<SettleOutcome> {
    if (!(await this.isConflict(request, invoice, told))) {
      const isUnread = told.kind === 'refused' && told.row.code === DUPLICATE;
      const reason = 'KSeF holds no other document under this number.';
      return err(isUnread ? mayHaveIt(UNREAD_DUPLICATE) : { code: 'NO_CONFLICT', reason });
    }
    const { person, reason } = request;
    const held = told.kind === 'other' ? told.ksefNumber : 'another document';
    const advice = `Closed by ${person}, for KSeF holds ${held} under its number: ${reason}`;
    return this.save(request, invoice, closeConflict(invoice, issue, { ...invoice.refusal, advice }));
  }

  /** Read now, or proven before by its content: KSeF deletes nothing. */
  private async isConflict(request: SettleReviewRequest, invoice: ReviewInvoice, told: Whereabouts): Promise<boolean> {
    if (told.kind === 'other' || invoice.state === 'conflict') return true;
    const isDuplicate = told.kind === 'refused' && told.row.code === DUPLICATE;
    return isDuplicate && (await isLongAgo(this.ports, request.tenant, invoice));
  }

  private async save(request: SettleReviewRequest, was: UnderReview, next: Invoice): Promise<SettleOutcome> {
    await this.ports.unitOfWork.inTenant(request.tenant, async ({ invoices, audit, outbox, jobs }) => {
      await invoices.save(next);
      const entry = settledEntry(this.ports, request, was, next.state);
      await audit.append([entry]);
      const recognised = next.state === 'needs-review' && !('acceptance' in was) ? [next] : [];
      await outbox.append([...stateEvents([next], entry.at), ...numberedDocumentEvents(recognised, entry.at)]);
      if (next.state === 'issued') await jobs.enqueue({ kind: 'plan-batches', tenant: request.tenant });
    });
    return ok({ invoice: { ...next, version: next.version + 1 } });
  }
}

const nothingNew = (reason: string) => ({ code: 'NOTHING_NEW', reason }) as const;
const NOT_THERE = 'KSeF does not have it: decide "send-again" to put it into the next batch.';
const STILL_A_CONFLICT = 'KSeF was found to hold another document under its number, and says nothing else.';
const UNREAD_DUPLICATE =
  'KSeF refused it as a duplicate of something that could not be read, which may be this very file.';
const CORRECTED =
  'KSeF accepted a technical correction of it that had been given up: propose that file again, and it is adopted.';
const UNDER_CORRECTION = 'A technical correction of it is under way: decide about that one.';
