import { ConcurrentUpdateError } from '../batch/batch-repository.port.js';
import { beginCorrecting } from '../invoice/invoice-transitions.js';
import type { InvoiceId } from '../invoice/invoice.js';
import { mayBeSamePerson } from '../outage/total-failure-confirmation.js';
import { findInKsef, type Whereabouts } from '../session/find-in-ksef.js';
import { isNoAnswer } from '../session/ksef-access.js';
import type { SessionReader } from '../session/session-reader.port.js';
import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { correctable, type CorrectionNotAllowed } from './correctable.js';
import { lineageWith } from './lineage.js';
import {
  approveCorrection,
  declineCorrection,
  readCorrectionAgain,
  resumeCorrection,
} from './technical-correction-transitions.js';
import type {
  ApprovedCorrection,
  CorrectionVoice,
  ResolvingCorrection,
  TechnicalCorrection,
  TechnicalCorrectionId,
  TechnicalCorrectionState,
} from './technical-correction.js';

/** A person's word on a correction. */
export interface CorrectionDecision {
  readonly tenant: TenantId;
  readonly invoiceId: InvoiceId;
  readonly correctionId: TechnicalCorrectionId;
  readonly actor: string;
  readonly person: string;
  readonly reason?: string;
}

export interface CorrectionApproval extends CorrectionDecision {
  /** The person knows that the comparison is partial, and has compared the rest themselves. */
  readonly partialComparisonSeen: boolean;
}

export type DecisionRefusal =
  | { readonly code: 'CORRECTION_NOT_FOUND' }
  | { readonly code: 'CORRECTION_NOT_TO_BE_DECIDED'; readonly state: TechnicalCorrectionState }
  | { readonly code: 'PERSON_MISSING' }
  /** Two persons have two names and two credentials (reliability S8). */
  | { readonly code: 'SAME_PERSON'; readonly by: string }
  | { readonly code: 'PARTIAL_COMPARISON_NOT_SEEN'; readonly unread: string }
  /** Nothing is given up, and nothing sent again, while KSeF may have it. */
  | { readonly code: 'KSEF_MAY_HAVE_IT'; readonly reason: string }
  | { readonly code: 'KSEF_NOT_AVAILABLE'; readonly reason: string }
  | CorrectionNotAllowed;

type Outcome = Result<TechnicalCorrection, DecisionRefusal>;
type Then = (stores: TenantStores, correction: TechnicalCorrection, voice: CorrectionVoice) => Promise<Outcome>;

/**
 * What persons decide about a technical correction: approve or decline a proposal; of one that got stuck, read KSeF again,
 * send it again, or give it up. Only an approval by another person than the proposer lets it leave the house (ADR 0018). About
 * one under review nothing is decided before KSeF was read: what is there after all is adopted (reliability R3, D6).
 */
export class DecideTechnicalCorrection {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly reader: SessionReader,
  ) {}

  /** The invoice goes into `correcting`, and a worker sends the new file. */
  approve(approval: CorrectionApproval): Promise<Outcome> {
    return this.decide(approval, async (stores, correction, voice): Promise<Outcome> => {
      if (correction.state !== 'proposed') return notNow(correction);
      const { policy, proposed, comparison } = correction;
      if (policy === 'two-persons' && mayBeSamePerson(proposed, voice)) {
        return err({ code: 'SAME_PERSON', by: proposed.person });
      }
      if (comparison.scope === 'partial' && !approval.partialComparisonSeen) {
        return err({ code: 'PARTIAL_COMPARISON_NOT_SEEN', unread: comparison.unread ?? '' });
      }
      return this.release(stores, approval, approveCorrection(correction, voice), voice);
    });
  }

  /** Of a proposal anybody's no is enough, the proposer's too; of one that got stuck, it gives it up. */
  decline(decision: CorrectionDecision): Promise<Outcome> {
    return this.decideAfterReading(decision, async ({ corrections, audit }, correction, voice): Promise<Outcome> => {
      const { state } = correction;
      if (state !== 'proposed' && state !== 'blocked' && state !== 'needs-review') return notNow(correction);
      const declined = declineCorrection(correction, voice);
      await corrections.save(declined);
      await audit.append([entry(declined, voice)]);
      return ok({ ...declined, version: declined.version + 1 });
    });
  }

  /** The same bytes once more: the right was granted, the question settled. */
  resume(decision: CorrectionDecision): Promise<Outcome> {
    return this.decideAfterReading(decision, async (stores, correction, voice): Promise<Outcome> => {
      if (correction.state !== 'blocked' && correction.state !== 'needs-review') return notNow(correction);
      return this.release(stores, decision, resumeCorrection(correction), voice);
    });
  }

  /** KSeF is asked once more what it holds of this invoice, by a worker; nothing is sent. */
  readAgain(decision: CorrectionDecision): Promise<Outcome> {
    return this.decide(decision, (stores, correction, voice) => this.lookUp(stores, decision, correction, voice));
  }

  /** The invoice is on its way again while a worker looks its files up in KSeF, and adopts what is there. */
  private lookUp(
    stores: TenantStores,
    decision: CorrectionDecision,
    correction: TechnicalCorrection,
    voice: CorrectionVoice,
  ): Promise<Outcome> {
    if (correction.state !== 'needs-review') return Promise.resolve(notNow(correction));
    return this.release(stores, decision, readCorrectionAgain(correction), voice);
  }

  /** What was read holds for the version that it was read for: somebody else's decision meanwhile is read anew. */
  private async decideAfterReading(decision: CorrectionDecision, then: Then): Promise<Outcome> {
    let told: Whereabouts | undefined;
    let version: number | undefined;
    try {
      const read = await this.read(decision);
      told = read?.told;
      version = read?.version;
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
      return err({ code: 'KSEF_NOT_AVAILABLE', reason: error.message });
    }
    if (told?.kind === 'open') return err({ code: 'KSEF_MAY_HAVE_IT', reason: told.reason });
    return this.decide(decision, async (stores, correction, voice): Promise<Outcome> => {
      if (correction.state !== 'needs-review') return then(stores, correction, voice);
      if (correction.version !== version) return notNow(correction);
      const isThere = told?.kind === 'accepted' || told?.kind === 'numbered';
      return isThere ? this.lookUp(stores, decision, correction, voice) : then(stores, correction, voice);
    });
  }

  /** Where KSeF has a file of a lineage under review; others need no reading. */
  private async read({ tenant, invoiceId, correctionId }: CorrectionDecision) {
    const known = await this.unitOfWork.inTenant(tenant, async (stores) => {
      const correction = await stores.corrections.find(correctionId);
      const invoice = (await stores.invoices.find(invoiceId))?.invoice;
      if (correction?.state !== 'needs-review' || correction.invoiceId !== invoiceId) return undefined;
      if (invoice === undefined || !('delivery' in invoice)) return undefined;
      return { correction, context: invoice.context, lineage: await lineageWith(stores, invoice, correctionId) };
    });
    if (known === undefined) return undefined;
    const { correction, context, lineage } = known;
    // It came here from a session that has ended, or after half a day: KSeF's lists are no longer behind.
    const told = await findInKsef(this.reader, { tenant, context }, { ...lineage, isLongAgo: true });
    return { told, version: correction.version };
  }

  private decide(decision: CorrectionDecision, then: Then): Promise<Outcome> {
    const { tenant, invoiceId, correctionId, actor, reason } = decision;
    const person = decision.person.trim();
    if (person === '') return Promise.resolve(err({ code: 'PERSON_MISSING' }));
    const once = (): Promise<Outcome> =>
      this.unitOfWork.inTenant(tenant, async (stores) => {
        const correction = await stores.corrections.find(correctionId);
        if (correction?.invoiceId !== invoiceId) return err({ code: 'CORRECTION_NOT_FOUND' });
        const at = this.clock.now();
        return then(stores, correction, { person, actor, at, ...(reason === undefined ? {} : { reason }) });
      });
    // Somebody else decided at the same moment: their word stands, and is what there is to read now.
    return once().catch((error: unknown) => {
      if (error instanceof ConcurrentUpdateError) return once();
      throw error;
    });
  }

  /** Held against the invoice once more: only a file that KSeF finally refused is replaced. */
  private async release(
    { corrections, invoices, audit, jobs }: TenantStores,
    { tenant, invoiceId }: CorrectionDecision,
    approved: ApprovedCorrection | ResolvingCorrection,
    voice: CorrectionVoice,
  ): Promise<Outcome> {
    const stored = await invoices.find(invoiceId);
    if (stored === undefined) return err({ code: 'CORRECTION_NOT_FOUND' });
    const target = correctable(stored.invoice);
    if (!target.ok) return target;
    await corrections.save(approved);
    await invoices.save(beginCorrecting(target.value.invoice, target.value.issue, approved.id));
    await audit.append([entry(approved, voice)]);
    await jobs.enqueue({ kind: 'correct-technically', tenant });
    return ok({ ...approved, version: approved.version + 1 });
  }
}

const notNow = ({ state }: TechnicalCorrection): Outcome => err({ code: 'CORRECTION_NOT_TO_BE_DECIDED', state });

function entry(correction: TechnicalCorrection, { at, actor, person, reason }: CorrectionVoice) {
  const { id, invoiceId, ordinal, state } = correction;
  return {
    at,
    actor,
    action: `technical-correction.${state}`,
    subject: { kind: 'invoice' as const, id: invoiceId },
    facts: { correction: id, file: ordinal, person, reason: reason ?? null },
  };
}
