import type { OfflineCertificate } from '../certificate/certificate.js';
import type { OfflineSigner } from '../certificate/offline-signer.port.js';
import { outagesTelling } from '../deadline/deadline.js';
import { describeDeadline, termOf, type DueTerm } from '../deadline/due-term.js';
import type { LegalSituation } from '../legal-situation/legal-situation.js';
import { offlineModeNow, ownChoice, type OfflineDecision } from '../legal-situation/mode-now.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import { kodI } from '../verification-code/kod-i.js';
import { kodII, unsignedKodII } from '../verification-code/kod-ii.js';
import type { InvoiceFacts } from './invoice-facts.js';
import { issueOffline, returnToQueue } from './invoice-transitions.js';
import { issuedEvent } from './issue-events.js';
import type { Candidate, Issued, IssueRefusal, IssueRequest } from './issue-invoice.js';
import type { RequestedMode } from './issuing-mode.js';
import type {
  InSessionInvoice,
  IssuedInvoice,
  OfflineIssue,
  PreparedCodes,
  ReceivedInvoice,
  ReviewInvoice,
} from './invoice.js';

/** A mode, and the moment it was decided at: the moment of issue, in evidence, deadline and signature alike. */
export type SealDecision = OfflineDecision & { readonly issuedAt: Instant };

/** Codes and evidence of one invoice, made but not stored. */
export interface Seal {
  readonly issue: OfflineIssue;
  /** Absent when it was prepared beforehand and is stored already. */
  readonly xades?: Uint8Array;
}

/** An invoice whose online attempt may end in offline issue. */
export type OnlineAttempt = ReceivedInvoice | InSessionInvoice | ReviewInvoice;

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
      readonly environment: KsefEnvironment;
      /** A worker looks for waiting invoices this long after one was issued, so that a burst shares a batch. */
      readonly batchLingerSeconds: number;
    },
  ) {}

  /** @throws SignerUnavailableError: nothing was issued */
  async execute(candidate: Candidate, decision: SealDecision): Promise<Result<Issued, IssueRefusal>> {
    const { request, invoice, bytes, offlineCertificate, situation } = candidate;
    if (offlineCertificate === undefined) return err(candidate.noCertificate);
    const seal = await this.seal(request.tenant, offlineCertificate, invoice, decision);
    const issued = issueOffline(invoice, seal.issue);
    return this.ports.unitOfWork.inTenant(request.tenant, async (stores) => {
      const added = await stores.invoices.add(issued, bytes);
      if (!added.ok) return added;
      const [claimed, term] = await Promise.all([
        stores.idempotency.add({ ...request.claim, invoiceId: issued.id }),
        this.store(stores, request, issued, seal.xades, situation),
      ]);
      if (!claimed) throw new IdempotencyRaceError(request.claim.key);
      return ok({ invoice: issued, term, replayed: false });
    });
  }

  /** Issues offline what an online attempt could not deliver; the row exists already. */
  async fallBack(
    stores: TenantStores,
    by: Pick<IssueRequest, 'tenant' | 'actor'>,
    situation: LegalSituation,
    invoice: OnlineAttempt,
    seal: Seal,
  ): Promise<Issued> {
    const issued =
      invoice.state === 'received' ? issueOffline(invoice, seal.issue) : returnToQueue(invoice, seal.issue);
    await stores.invoices.save(issued);
    const term = await this.store(stores, by, issued, seal.xades, situation);
    return { invoice: issued, term, replayed: false };
  }

  /**
   * The offline mode of an invoice issued now: of the announced outages those that may tell it (`outagesTelling`).
   * @param choice why offline24, if it comes to that
   * @param issuedAt the moment of issue, where it was not this one
   * @param requested matters only where the tenant reads the law so that an issuer may elect offline24 (`electingOffline24`)
   */
  modeNow(
    { issueDate }: InvoiceFacts,
    { outages, law }: LegalSituation,
    choice: string,
    requested: RequestedMode = 'auto',
    issuedAt: Instant = this.ports.clock.now(),
  ): SealDecision {
    if (requested === 'offline24' && law.rules.electingOffline24 === 'issuer-may-elect') {
      return { ...ownChoice(choice), issuedAt };
    }
    const telling = outagesTelling({ issueDate, issuedAt }, outages, law.calendar, law.rules);
    return { ...offlineModeNow(issuedAt, telling, choice, law.rules), issuedAt };
  }

  /**
   * The seal of an invoice that KSeF surely does not have after its online attempt: of the codes and the moment that
   * were prepared before it was posted, or made now.
   * @returns `undefined` when nothing was prepared and there is no certificate
   */
  async insteadOfOnline(
    tenant: TenantId,
    certificate: OfflineCertificate | undefined,
    invoice: OnlineAttempt,
    situation: LegalSituation,
    why: string,
  ): Promise<Seal | undefined> {
    const choice = `Online issue failed: ${why}`;
    const online = 'issue' in invoice && invoice.issue.mode === 'online' ? invoice.issue : undefined;
    if (online?.prepared !== undefined) {
      const { mode, evidence, issuedAt } = this.modeNow(invoice.facts, situation, choice, 'auto', online.issuedAt);
      return { issue: { mode, evidence, issuedAt, kodI: online.kodI, ...online.prepared } };
    }
    if (certificate === undefined) return undefined;
    return this.seal(tenant, certificate, invoice, this.modeNow(invoice.facts, situation, choice));
  }

  /** KOD II and evidence of an invoice about to be posted, in case it turns out to be offline. */
  async prepare(
    tenant: TenantId,
    certificate: OfflineCertificate,
    invoice: ReceivedInvoice,
    issuedAt: Instant,
  ): Promise<{ readonly codes: PreparedCodes; readonly xades: Uint8Array }> {
    const signed = await this.sign(tenant, certificate, invoice, issuedAt);
    return { codes: { kodII: signed.kodII, certificateSerial: certificate.serial }, xades: signed.xades };
  }

  /** Signs KOD II and the evidence with the moment of issue. */
  async seal(
    tenant: TenantId,
    certificate: OfflineCertificate,
    invoice: OnlineAttempt,
    { mode, evidence, issuedAt }: SealDecision,
  ): Promise<Seal> {
    const { facts, hash } = invoice;
    const { kodII: signed, xades } = await this.sign(tenant, certificate, invoice, issuedAt);
    const { environment } = this.ports;
    const issue: OfflineIssue = {
      mode,
      evidence,
      issuedAt,
      kodI: kodI({ environment, sellerNip: facts.sellerNip, issueDate: facts.issueDate, hash }),
      kodII: signed,
      certificateSerial: certificate.serial,
    };
    return { issue, xades };
  }

  private async sign(
    tenant: TenantId,
    certificate: OfflineCertificate,
    { facts, hash, context, id }: OnlineAttempt,
    issuedAt: Instant,
  ) {
    const { signer, environment } = this.ports;
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
    return { kodII: kodII(unsigned, signature), xades };
  }

  private async store(
    { invoices, audit, jobs, outbox }: TenantStores,
    { tenant, actor }: Pick<IssueRequest, 'tenant' | 'actor'>,
    issued: IssuedInvoice,
    xades: Uint8Array | undefined,
    situation: LegalSituation,
  ): Promise<DueTerm> {
    const term = termOf(issued, situation);
    if (term === undefined) throw new Error(`invoice ${issued.id}: issued offline without a deadline`);
    const { deadline } = term;
    await Promise.all([
      ...(xades === undefined ? [] : [invoices.addEvidence(issued.id, xades)]),
      invoices.saveTerm(issued.id, term),
      jobs.enqueue({ kind: 'plan-batches', tenant }, this.ports.batchLingerSeconds),
      audit.append([
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
      ]),
      outbox.append([issuedEvent(issued, term)]),
    ]);
    return term;
  }
}

/** Two requests with one key at the same moment: this one lost and must be rolled back, then answered from the other. */
export class IdempotencyRaceError extends Error {
  override readonly name = 'IdempotencyRaceError';
  constructor(key: string) {
    super(`idempotency key ${key} was taken meanwhile`);
  }
}
