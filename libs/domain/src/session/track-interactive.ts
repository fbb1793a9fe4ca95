import { usableAt } from '../certificate/certificate.js';
import { termOf } from '../deadline/due-term.js';
import { sameHash } from '../invoice/invoice-hash.js';
import { reactionTo } from '../invoice/ksef-invoice-status.js';
import { abandon, locate, sendToReview } from '../invoice/invoice-transitions.js';
import type { AcceptedInvoice, InSessionInvoice, Invoice, ReceivedInvoice } from '../invoice/invoice.js';
import type { SealOffline } from '../invoice/seal-offline.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import type { Clock } from '../shared/clock.port.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { completeWithUpo, fetchUpo } from './fetch-upo.js';
import type { InteractiveSessions } from './interactive-session.port.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError, type KsefAccess } from './ksef-access.js';
import { reconcileInvoice } from './reconcile-invoice.js';
import { sessionInvoices } from './session-invoices.js';
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
/** From here on a session has its final code (domain rules 7.2). */
const FIRST_FINAL_CODE = 200;
const SESSION_OPEN = 100;

/**
 * Finds out what became of invoices posted online: by reading the session they were posted into, matched by hash
 * (reliability R3). One that KSeF surely does not have is issued as offline24. Safe to repeat and to run twice.
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
    private readonly sealOffline: SealOffline,
  ) {}

  /** @returns how many are still without a final answer */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<number> {
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
    const ageMs = this.ports.clock.now().epochMilliseconds - receivedAt.epochMilliseconds;
    return ageMs >= ABANDONED_AFTER_SECONDS * 1000;
  }

  private async resolve(tenant: TenantId, invoice: InSessionInvoice): Promise<boolean> {
    const { session } = invoice.delivery;
    if (session === undefined) throw new Error(`invoice ${invoice.id} was posted without a session`);
    const access: KsefAccess = { tenant, context: invoice.context };
    const row = await this.findRow(access, session, invoice);
    if (row === undefined) return this.resolveMissing(access, session, invoice);
    const located = locate(invoice, session, row.reference);
    if (invoice.issue.mode === 'online' && reactionTo(row.code).reaction === 'resend') {
      await this.issueOffline(tenant, located);
      return true;
    }
    const hashOf = (ksefNumber: string) => this.ports.reader.hashOf(access, ksefNumber);
    const next = await reconcileInvoice(located, row, session, hashOf, this.ports.clock.now());
    if (next === undefined) return false;
    await this.save(tenant, next);
    return next.state === 'accepted' ? this.prove(tenant, { ...next, version: next.version + 1 }, row) : true;
  }

  private async findRow(
    access: KsefAccess,
    session: SessionReference,
    { delivery, hash }: InSessionInvoice,
  ): Promise<SessionInvoice | undefined> {
    const { reader } = this.ports;
    if (delivery.channel === 'interactive' && delivery.invoice !== undefined) {
      return reader.invoice(access, session, delivery.invoice);
    }
    for await (const row of sessionInvoices(reader, access, session)) {
      if (sameHash(row.hash, hash)) return row;
    }
    return undefined;
  }

  /**
   * Only a session with its final code can say that it does not have an invoice. One that is open may be about to get
   * it: its opener closes it, and we do when the opener has died.
   */
  private async resolveMissing(
    access: KsefAccess,
    session: SessionReference,
    invoice: InSessionInvoice,
  ): Promise<boolean> {
    const { sessions, reader } = this.ports;
    const status = await reader.status(access, session);
    if (status?.code === SESSION_OPEN && this.isAbandoned(invoice)) await sessions.close(access, session);
    if (status === undefined || status.code < FIRST_FINAL_CODE) return false;
    await this.issueOffline(access.tenant, invoice);
    return true;
  }

  private async issueOffline(tenant: TenantId, invoice: InSessionInvoice): Promise<void> {
    const { unitOfWork, clock } = this.ports;
    const now = clock.now();
    const known = await unitOfWork.inTenant(tenant, async ({ certificates, legal }) => ({
      certificate: usableAt(await certificates.offlineFor(invoice.context), now),
      situation: situationOf(await legal.read(), this.ports.jurisdiction),
    }));
    if (known.certificate === undefined) {
      const advice =
        'KSeF does not have it, and there is no certificate of type Offline to issue it offline: import one.';
      const refusal = { code: 0, description: 'The session ended without this invoice.', details: [], advice };
      await this.save(tenant, sendToReview(invoice, refusal));
      return;
    }
    const decision = this.sealOffline.modeNow(
      invoice.facts,
      known.situation,
      'Online issue failed: the session ended without this invoice',
    );
    const seal = await this.sealOffline.seal(tenant, known.certificate, invoice, decision);
    await unitOfWork.inTenant(tenant, (stores) =>
      this.sealOffline.fallBack(stores, { tenant, actor: 'worker' }, known.situation, invoice, seal),
    );
  }

  private async prove(
    tenant: TenantId,
    invoice: AcceptedInvoice,
    row?: Pick<SessionInvoice, 'upoDownloadUrl'>,
  ): Promise<boolean> {
    const upo = await fetchUpo(this.ports.reader, { tenant, context: invoice.context }, invoice, row);
    if (upo === undefined) return false;
    await this.ports.unitOfWork.inTenant(tenant, (stores) =>
      completeWithUpo(stores, [{ invoice, upo }], this.ports.clock.now()),
    );
    return true;
  }

  private async save(tenant: TenantId, invoice: Invoice): Promise<void> {
    await this.ports.unitOfWork.inTenant(tenant, async ({ invoices, audit, legal }) => {
      await invoices.save(invoice);
      if (invoice.state === 'accepted' && invoice.acceptance.invoicingMode === 'offline') {
        // Posted after its day: KSeF marked it offline, so a day was due after all (art. 106nda(16)).
        const term = termOf(invoice, situationOf(await legal.read(), this.ports.jurisdiction));
        if (term !== undefined) await invoices.saveTerm(invoice.id, term);
      }
      await audit.append([this.entry(`invoice.${invoice.state}`, invoice)]);
    });
  }

  private entry(action: string, invoice: Invoice) {
    const facts: Record<string, string> = 'acceptance' in invoice ? { ksefNumber: invoice.acceptance.ksefNumber } : {};
    return {
      at: this.ports.clock.now(),
      actor: 'worker',
      action,
      subject: { kind: 'invoice' as const, id: invoice.id },
      facts,
    };
  }
}
