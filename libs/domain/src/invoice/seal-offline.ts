import { offlineModeNow, type OfflineDecision } from '../availability/availability.js';
import type { BusinessDayCalendar } from '../calendar/business-day-calendar.js';
import type { OfflineCertificate } from '../certificate/certificate.js';
import type { OfflineSigner } from '../certificate/offline-signer.port.js';
import { describeDeadline, statutoryDeadline } from '../deadline/recalculate-deadlines.js';
import { outagesTelling, type Deadline } from '../deadline/deadline.js';
import type { Outage } from '../outage/outage.js';
import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import { kodI } from '../verification-code/kod-i.js';
import { kodII, unsignedKodII } from '../verification-code/kod-ii.js';
import type { InvoiceFacts } from './invoice-facts.js';
import { issueOffline, returnToQueue } from './invoice-transitions.js';
import type { Candidate, Issued, IssueRefusal, IssueRequest } from './issue-invoice.js';
import type { InSessionInvoice, IssuedInvoice, OfflineIssue, ReceivedInvoice } from './invoice.js';

/** Codes and evidence of one invoice, made but not stored. */
export interface Seal {
  readonly issue: OfflineIssue;
  readonly xades: Uint8Array;
}

/**
 * Issues an invoice offline: signs, then stores bytes, evidence, codes, deadline, audit row and idempotency key in one
 * transaction. Nothing is handed out before it commits; a signature lost to a crash before that harms nobody
 * (reliability A8, A12).
 */
export class SealOffline {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly signer: OfflineSigner;
      readonly clock: Clock;
      readonly calendar: BusinessDayCalendar;
      readonly environment: KsefEnvironment;
      /** A worker looks for waiting invoices this long after one was issued, so that a burst shares a batch. */
      readonly batchLingerSeconds: number;
    },
  ) {}

  /** @throws SignerUnavailableError: nothing was issued */
  async execute(candidate: Candidate, decision: OfflineDecision): Promise<Result<Issued, IssueRefusal>> {
    const { request, invoice, bytes, offlineCertificate, outages } = candidate;
    if (offlineCertificate === undefined) return err(candidate.noCertificate);
    const seal = await this.seal(request.tenant, offlineCertificate, invoice, decision);
    const issued = issueOffline(invoice, seal.issue);
    return this.ports.unitOfWork.inTenant(request.tenant, async (stores) => {
      const added = await stores.invoices.add(issued, bytes);
      if (!added.ok) return added;
      const claimed = await stores.idempotency.add({ ...request.claim, invoiceId: issued.id });
      if (!claimed) throw new IdempotencyRaceError(request.claim.key);
      const deadline = await this.store(stores, request, issued, seal.xades, outages);
      return ok({ invoice: issued, deadline, replayed: false });
    });
  }

  /** Issues offline what an online attempt could not deliver; the row exists already. */
  async fallBack(
    stores: TenantStores,
    by: Pick<IssueRequest, 'tenant' | 'actor'>,
    outages: readonly Outage[],
    invoice: ReceivedInvoice | InSessionInvoice,
    seal: Seal,
  ): Promise<Issued> {
    const issued =
      invoice.state === 'received' ? issueOffline(invoice, seal.issue) : returnToQueue(invoice, seal.issue);
    await stores.invoices.save(issued);
    const deadline = await this.store(stores, by, issued, seal.xades, outages);
    return { invoice: issued, deadline, replayed: false };
  }

  /**
   * The offline mode of an invoice issued now: of the announced outages those that may tell it (`outagesTelling`).
   * @param choice why offline24, if it comes to that
   */
  modeNow({ issueDate }: InvoiceFacts, outages: readonly Outage[], choice: string): OfflineDecision {
    const now = this.ports.clock.now();
    const telling = outagesTelling({ issueDate, issuedAt: now }, outages, this.ports.calendar);
    return offlineModeNow(now, telling, choice);
  }

  /** Signs KOD II and the evidence with the moment of issue. */
  async seal(
    tenant: TenantId,
    certificate: OfflineCertificate,
    invoice: ReceivedInvoice | InSessionInvoice,
    decision: OfflineDecision,
  ): Promise<Seal> {
    const { signer, clock, environment } = this.ports;
    const { facts, hash, context, id } = invoice;
    const issuedAt = clock.now();
    const unsigned = unsignedKodII({
      environment,
      context,
      sellerNip: facts.sellerNip,
      certificateSerial: certificate.serial,
      hash,
    });
    const [signature, xades] = await Promise.all([
      signer.signKodII(tenant, certificate, unsigned),
      signer.signEvidence(tenant, certificate, { fileName: `${id}.xml`, hash, signingTime: issuedAt }),
    ]);
    const issue: OfflineIssue = {
      mode: decision.mode,
      evidence: decision.evidence,
      issuedAt,
      kodI: kodI({ environment, sellerNip: facts.sellerNip, issueDate: facts.issueDate, hash }),
      kodII: kodII(unsigned, signature),
      certificateSerial: certificate.serial,
    };
    return { issue, xades };
  }

  private async store(
    { invoices, audit, jobs }: TenantStores,
    { tenant, actor }: Pick<IssueRequest, 'tenant' | 'actor'>,
    issued: IssuedInvoice,
    xades: Uint8Array,
    outages: readonly Outage[],
  ): Promise<Deadline> {
    const deadline = statutoryDeadline(issued, outages, this.ports.calendar);
    if (deadline === undefined) throw new Error(`invoice ${issued.id}: issued offline without a deadline`);
    await invoices.addEvidence(issued.id, xades);
    await invoices.saveDeadlines([{ id: issued.id, deadline }]);
    await jobs.enqueue({ kind: 'plan-batches', tenant }, this.ports.batchLingerSeconds);
    await audit.append([
      {
        at: issued.issue.issuedAt,
        actor,
        action: 'invoice.issued',
        subject: { kind: 'invoice', id: issued.id },
        facts: {
          mode: issued.issue.mode,
          evidence: issued.issue.evidence.kind === 'bulletin' ? issued.issue.evidence.bulletinId : 'own choice',
          certificateSerial: issued.issue.certificateSerial,
          deadline: describeDeadline(deadline),
          basis: deadline.basis,
        },
      },
    ]);
    return deadline;
  }
}

/** Two requests with one key at the same moment: this one lost and must be rolled back, then answered from the other. */
export class IdempotencyRaceError extends Error {
  override readonly name = 'IdempotencyRaceError';
  constructor(key: string) {
    super(`idempotency key ${key} was taken meanwhile`);
  }
}
