import { termOf } from '../deadline/due-term.js';
import type { IssueAfterAll } from '../invoice/issue-after-all.js';
import { reactionTo } from '../invoice/ksef-invoice-status.js';
import { abandon, locate, reportMissingUpo, sendToReview } from '../invoice/invoice-transitions.js';
import { completionEvents, stateEvents } from '../invoice/state-events.js';
import type { AcceptedInvoice, InSessionInvoice, Invoice, KsefRefusal, ReceivedInvoice } from '../invoice/invoice.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { closeAtKsef, type CloseSharedSessions } from './close-shared-sessions.js';
import { completeWithUpo, fetchUpo } from './fetch-upo.js';
import { findUpoElsewhere, type FoundUpo } from './find-upo.js';
import type { InteractiveSessions } from './interactive-session.port.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError, type KsefAccess } from './ksef-access.js';
import { FIRST_FINAL_CODE, lookUpByHash, type LookUp } from './look-up.js';
import { settleByRow } from './reconcile-invoice.js';
import { resolveDuplicate } from './resolve-duplicates.js';
import * as reviews from './review-reasons.js';
import type { SessionInvoice, SessionReader } from './session-reader.port.js';
import type { SessionReference } from './session-reference.js';

/** Invoices looked at in one pass. */
const AT_A_TIME = 50;
/** After this long nobody is working on an online attempt any more: its process has died. */
const ABANDONED_AFTER_SECONDS = 120;
/** A KSeF that left so many questions of one pass unanswered is not asked the others. */
const MOST_UNANSWERED = 2;
const FASTEST_LOOK_SECONDS = 2;
const SLOWEST_LOOK_SECONDS = 600;
const SESSION_OPEN = 100;

/**
 * Finds out what became of invoices posted online: by reading the session they were posted into, matched by hash
 * (reliability R3). One that KSeF surely does not have is issued as offline24, unless the issuer had asked for `online`
 * by name. What reading does not settle in a bounded time goes to a person. Closes shared sessions that nobody closed.
 * Safe to repeat and to run twice.
 */
export class TrackInteractive {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly sessions: InteractiveSessions;
      readonly reader: SessionReader;
      readonly clock: Clock;
      readonly jurisdiction: Jurisdiction;
    },
    private readonly issueAfterAll: IssueAfterAll,
    private readonly closeSharedSessions: CloseSharedSessions,
  ) {}

  /** @returns how many are still without a final answer */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<number> {
    await this.closeSharedSessions.execute(tenant, stop);
    const open = await this.ports.unitOfWork.inTenant(tenant, ({ invoices }) =>
      invoices.unresolvedInteractive(AT_A_TIME),
    );
    let unresolved = 0;
    let unanswered = 0;
    for (const invoice of open) {
      if (stop.aborted || unanswered >= MOST_UNANSWERED) return unresolved;
      const outcome = await this.tryToTrack(tenant, invoice);
      if (outcome !== 'settled') unresolved += 1;
      if (outcome === 'unanswered') unanswered += 1;
    }
    return unresolved;
  }

  /** Whatever becomes of it, an unsettled invoice goes behind the others: it holds up none of them. */
  private async tryToTrack(tenant: TenantId, invoice: Invoice): Promise<'settled' | 'open' | 'unanswered'> {
    try {
      if (await this.track(tenant, invoice)) return 'settled';
    } catch (error) {
      const atLeast = error instanceof KsefThrottledError ? error.retryAfterSeconds : 0;
      await this.lookAgainLater(tenant, invoice, atLeast);
      if (error instanceof KsefUnreachableError) return 'unanswered';
      if (error instanceof KsefThrottledError || error instanceof KsefLoginError) return 'open';
      throw error;
    }
    await this.lookAgainLater(tenant, invoice);
    return 'open';
  }

  /** From 2 s to 10 minutes, growing with its age: others get their turn, and KSeF's limits their peace (C26). */
  private lookAgainLater(tenant: TenantId, { id, receivedAt }: Invoice, atLeastSeconds = 0): Promise<void> {
    const ageSeconds = (this.ports.clock.now().epochMilliseconds - receivedAt.epochMilliseconds) / 1000;
    const gap = Math.min(SLOWEST_LOOK_SECONDS, Math.max(FASTEST_LOOK_SECONDS, Math.round(ageSeconds / 10)));
    const seconds = Math.max(gap, atLeastSeconds);
    return this.ports.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.postponeTracking(id, seconds));
  }

  private async track(tenant: TenantId, invoice: Invoice): Promise<boolean> {
    if (invoice.state === 'received') return this.abandonOld(tenant, invoice);
    if (invoice.state === 'in-session') return this.resolve(tenant, invoice);
    return invoice.state === 'accepted' ? this.prove(tenant, invoice) : true;
  }

  private async abandonOld(tenant: TenantId, invoice: ReceivedInvoice): Promise<boolean> {
    if (!this.isAbandoned(invoice)) return false;
    await this.save(tenant, abandon(invoice, 'The request ended before anything was sent.'));
    return true;
  }

  private isAbandoned({ receivedAt }: Invoice): boolean {
    return this.isOlder(receivedAt, ABANDONED_AFTER_SECONDS);
  }

  private isOlder(moment: Instant, seconds: number): boolean {
    return this.ports.clock.now().epochMilliseconds - moment.epochMilliseconds >= seconds * 1000;
  }

  private async resolve(tenant: TenantId, invoice: InSessionInvoice): Promise<boolean> {
    const { session } = invoice.delivery;
    if (session === undefined) throw new Error(`invoice ${invoice.id} was posted without a session`);
    const access: KsefAccess = { tenant, context: invoice.context };
    const told = await this.lookUp(access, session, invoice);
    if (told.kind !== 'found') return this.resolveMissing(access, session, invoice, told);
    const { row } = told;
    const located = locate(invoice, session, row.reference);
    if (invoice.issue.mode === 'online' && reactionTo(row.code).reaction === 'resend') {
      return this.endWithoutKsef(tenant, located, `KSeF failed over it (${String(row.code)})`, row);
    }
    const settled = settleByRow(located, row, session, this.ports.clock.now());
    if (settled === 'open') return this.giveUpWaiting(tenant, located, reviews.processingTooLong(row));
    const next =
      settled === 'duplicate' ? await resolveDuplicate(this.ports.reader, access, { invoice: located, row }) : settled;
    await this.save(tenant, next);
    return next.state === 'accepted' ? this.prove(tenant, { ...next, version: next.version + 1 }, row) : true;
  }

  private async lookUp(
    access: KsefAccess,
    session: SessionReference,
    { delivery, hash }: InSessionInvoice,
  ): Promise<LookUp> {
    const { reader } = this.ports;
    if (delivery.channel === 'interactive' && delivery.invoice !== undefined) {
      const row = await reader.invoice(access, session, delivery.invoice);
      if (row !== undefined) return { kind: 'found', row };
    }
    return lookUpByHash(reader, access, session, hash);
  }

  /**
   * Only a session with its final code can say that it does not have an invoice. One that is open may be about to get
   * it: its opener closes it, and we do when the opener has died, or has not found out in time either.
   */
  private async resolveMissing(
    access: KsefAccess,
    session: SessionReference,
    invoice: InSessionInvoice,
    told: Exclude<LookUp, { kind: 'found' }>,
  ): Promise<boolean> {
    if (told.kind === 'absent' || isMissing(told, invoice)) return this.resolveAbsent(access.tenant, invoice);
    if (told.status?.code === SESSION_OPEN && this.isAbandoned(invoice)) await this.close(access, session);
    const lost = told.status === undefined;
    return this.giveUpWaiting(access.tenant, invoice, lost ? reviews.SESSION_UNKNOWN : reviews.SESSION_WITHOUT_END);
  }

  /** One whose posting KSeF had confirmed is not taken for absent: a list that lacks it is wrong (reliability C33). */
  private async resolveAbsent(tenant: TenantId, invoice: InSessionInvoice): Promise<boolean> {
    const { delivery } = invoice;
    if (delivery.channel === 'interactive' && delivery.invoice !== undefined) {
      if (!this.isOlder(invoice.receivedAt, reviews.MISSING_ROW_SECONDS)) return false;
      await this.save(tenant, sendToReview(invoice, reviews.missingRow(delivery.invoice)));
      return true;
    }
    return this.endWithoutKsef(tenant, invoice, 'the session ended without this invoice');
  }

  /** From here on nobody posts into it. */
  private async close(access: KsefAccess, session: SessionReference): Promise<void> {
    await this.ports.unitOfWork.inTenant(access.tenant, ({ sessionBook }) => sessionBook.beginClosing(session));
    await closeAtKsef(this.ports, access, session);
  }

  /** No answer yet: looked at again, and after a bounded time shown to a person as well. */
  private async giveUpWaiting(tenant: TenantId, invoice: InSessionInvoice, refusal: KsefRefusal): Promise<boolean> {
    if (!this.isOlder(invoice.receivedAt, reviews.NO_ANSWER_SECONDS)) return false;
    await this.save(tenant, sendToReview(invoice, refusal));
    return true;
  }

  /** KSeF surely does not have it: offline24, unless that was not what the issuer asked for. */
  private async endWithoutKsef(
    tenant: TenantId,
    invoice: InSessionInvoice,
    why: string,
    row?: SessionInvoice,
  ): Promise<boolean> {
    if (invoice.requestedMode === 'online') {
      await this.save(tenant, sendToReview(invoice, reviews.notOnline(row)));
      return true;
    }
    const issued = await this.issueAfterAll.execute({ tenant, actor: 'worker' }, invoice, why);
    if (issued === undefined) await this.save(tenant, sendToReview(invoice, reviews.noCertificate(row)));
    return true;
  }

  private async prove(
    tenant: TenantId,
    invoice: AcceptedInvoice,
    row?: Pick<SessionInvoice, 'upoDownloadUrl'>,
  ): Promise<boolean> {
    const access = { tenant, context: invoice.context };
    const upo = await fetchUpo(this.ports.reader, access, invoice, row);
    if (upo !== undefined) return this.complete(tenant, { invoice, upo });
    const { acquisitionDate, invoicingDate, ksefNumber } = invoice.acceptance;
    if (!this.isOlder(acquisitionDate ?? invoicingDate, reviews.NO_ANSWER_SECONDS)) return false;
    // Before a person is asked: it may be in another session than was thought.
    const found = await findUpoElsewhere(this.ports.reader, access, invoice);
    if (found !== undefined) return this.complete(tenant, found);
    await this.save(tenant, reportMissingUpo(invoice, reviews.upoMissing(ksefNumber)));
    return true;
  }

  private async complete(tenant: TenantId, proven: FoundUpo): Promise<true> {
    const at = this.ports.clock.now();
    const { id, acceptance } = proven.invoice;
    await this.ports.unitOfWork.inTenant(tenant, async (stores) => {
      await completeWithUpo(stores, [proven], at);
      await stores.outbox.append(completionEvents([{ id, ksefNumber: acceptance.ksefNumber }], at));
    });
    return true;
  }

  private async save(tenant: TenantId, invoice: Invoice): Promise<void> {
    await this.ports.unitOfWork.inTenant(tenant, async ({ invoices, audit, legal, idempotency, outbox }) => {
      await invoices.save(invoice);
      if (invoice.state === 'not-issued' && invoice.refusal === undefined) await idempotency.removeOf(invoice.id);
      if (invoice.state === 'accepted' && invoice.acceptance.invoicingMode === 'offline') {
        // Posted after its day: KSeF marked it offline, so a day was due after all (art. 106nda(16)).
        const term = termOf(invoice, situationOf(await legal.read(), this.ports.jurisdiction));
        if (term !== undefined) await invoices.saveTerm(invoice.id, term);
      }
      const entry = this.entry(`invoice.${invoice.state}`, invoice);
      await audit.append([entry]);
      await outbox.append(stateEvents([invoice], entry.at));
    });
  }

  private entry(action: string, invoice: Invoice) {
    const facts: Record<string, string> = {
      ...('acceptance' in invoice ? { ksefNumber: invoice.acceptance.ksefNumber } : {}),
      ...('refusal' in invoice ? { reason: invoice.refusal.description } : {}),
    };
    return {
      at: this.ports.clock.now(),
      actor: 'worker',
      action,
      subject: { kind: 'invoice' as const, id: invoice.id },
      facts,
    };
  }
}

const wasConfirmed = ({ delivery }: InSessionInvoice): boolean =>
  delivery.channel === 'interactive' && delivery.invoice !== undefined;

/** A final list, behind its counters, that lacks what KSeF had confirmed: missing, not absent (reliability C33). */
const isMissing = (told: Exclude<LookUp, { kind: 'found' }>, invoice: InSessionInvoice): boolean =>
  told.kind === 'not-told' && (told.status?.code ?? 0) >= FIRST_FINAL_CODE && wasConfirmed(invoice);
