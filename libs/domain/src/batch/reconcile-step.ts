import { reactionToBatchSession } from '../session/ksef-session-status.js';
import { dropAttempt, reportMissingUpo, sendToReview } from '../invoice/invoice-transitions.js';
import type { InSessionInvoice, Invoice, KsefRefusal } from '../invoice/invoice.js';
import { CollectProofs } from '../session/collect-proofs.js';
import { resend, settleByRow } from '../session/reconcile-invoice.js';
import { resolveDuplicates } from '../session/resolve-duplicates.js';
import { ContinuationLostError, type SessionInvoicePage, type SessionReader } from '../session/session-reader.port.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { RowTally } from '../tracking/session-rows.port.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import { AcceptByUpo, LIST_KEEPS_UP_TO } from './accept-by-upo.js';
import { afterSessionFailure } from './after-session-failure.js';
import type { BatchSteps } from './batch-steps.js';
import { disputed, finished, listAgain, pageRead, type ReconcilingBatch } from './batch.js';
import { countsDisagree, patienceIsOver, whatDisagrees } from './session-counts.js';
import { countersOf } from './track-session-step.js';

type Held = HeldBatch<ReconcilingBatch>;

/** Invoices settled in one transaction. */
const SETTLED_AT_A_TIME = 1000;
/** Duplicates looked into before what was found is stored. */
const DUPLICATES_AT_A_TIME = 1000;
const STORED_DUPLICATES = 200;
const DUPLICATE = 440;
/** Said of an invoice because of its session: what becomes of it is decided by the code of the session. */
const BECAUSE_OF_THE_SESSION: readonly number[] = [405, 435];
/** Proofs that stay away this long are told to people. */
const PROOFS_LATE_SECONDS = 3600;

/** Whether a final code means that KSeF did not get as far as the single invoices. */
export const sessionFailed = (code: number): boolean => reactionToBatchSession(code).reaction !== 'rows';

/**
 * Reads what KSeF says of every invoice of a finished session, page by page, matches by hash, stores the answers, fetches
 * the proofs, and ends the batch only when KSeF's counts and ours agree. Every page and every few answers are stored
 * before the next are asked for: a worker that dies is replaced by one that goes on there (C32-C37).
 */
export class ReconcileStep {
  private readonly proofs: CollectProofs;
  private readonly byUpo: AcceptByUpo;

  constructor(
    private readonly steps: BatchSteps,
    private readonly reader: SessionReader,
    /** Larger sessions are accepted by their collective UPO, where everything adds up (ADR 0024). */
    listKeepsUpTo = LIST_KEEPS_UP_TO,
  ) {
    this.proofs = new CollectProofs(steps, reader);
    this.byUpo = new AcceptByUpo(steps, reader, this.proofs, listKeepsUpTo);
  }

  async execute(held: Held): Promise<StepOutcome> {
    if (held.batch.reconciliation.phase === 'listing') {
      return (await this.byUpo.execute(held)) ?? this.readPage(held);
    }
    await this.settleAnswered(held);
    const unproven = await this.proofs.execute(held);
    if (await this.settleDuplicates(held)) return { next: held.batch };
    const tally = await this.inTenant(held, ({ tracking }) => tracking.rows.tally(held.batch.id, held.batch.session));
    const open = await this.openInvoices(held);
    if (open.length > 0) return this.settleOpen(held, open, tally);
    if (unproven > 0) return this.waitForProofs(held, unproven);
    return this.account(held, tally);
  }

  /** A token that KSeF does not know any more leads back to the first page: rows that are stored are only stored again. */
  private async readPage(held: Held): Promise<StepOutcome> {
    const { tenant, batch } = held;
    const { continuationToken } = batch.reconciliation;
    let page: SessionInvoicePage;
    try {
      page = await this.reader.invoices({ tenant, context: batch.context }, batch.session, continuationToken);
    } catch (error) {
      if (!(error instanceof ContinuationLostError) || continuationToken === undefined) throw error;
      return this.steps.store(held, listAgain(batch), { reason: 'KSeF lost the place in its list' });
    }
    const next = pageRead(batch, page.continuationToken);
    return this.steps.store(
      held,
      next,
      { rows: page.invoices.length, listings: next.reconciliation.listings },
      (stores) => stores.tracking.rows.record(batch.session, page.invoices),
    );
  }

  /** All but duplicates, whose originals must be read, and what only the code of the session decides. */
  private async settleAnswered(held: Held): Promise<void> {
    const { batch } = held;
    const except = sessionFailed(batch.sessionCode) ? [DUPLICATE, ...BECAUSE_OF_THE_SESSION] : [DUPLICATE];
    let settled: number;
    do {
      settled = await this.steps.underLease(held, async (stores) => {
        const answered = await stores.tracking.rows.answered(batch.id, batch.session, { except }, SETTLED_AT_A_TIME);
        const moved = answered.map(({ invoice, row }) => {
          const outcome = settleByRow(invoice, row, batch.session, this.steps.clock.now());
          if (typeof outcome === 'string') throw new Error(`invoice ${invoice.id}: row ${row.reference} is ${outcome}`);
          return this.unlessOpenElsewhere(held, invoice, outcome);
        });
        await this.steps.moveInvoices(stores, moved);
        return answered.length;
      });
    } while (settled === SETTLED_AT_A_TIME);
  }

  /** A refusal here is no answer while another attempt with the same bytes is open (reliability R4, C40). */
  private unlessOpenElsewhere({ batch }: Held, invoice: InSessionInvoice, outcome: Invoice): Invoice {
    return outcome.state === 'accepted' ? outcome : (dropAttempt(invoice, batch.id) ?? outcome);
  }

  /** @returns whether any was found out, so that its proof can be fetched */
  private async settleDuplicates(held: Held): Promise<boolean> {
    const { tenant, batch } = held;
    const answered = await this.inTenant(held, ({ tracking }) =>
      tracking.rows.answered(batch.id, batch.session, { only: [DUPLICATE] }, DUPLICATES_AT_A_TIME),
    );
    if (answered.length === 0) return false;
    const ofId = new Map(answered.map(({ invoice }) => [invoice.id, invoice]));
    const found: Invoice[] = [];
    const storeFound = async () => {
      const moved = found.splice(0).map((outcome) => {
        const invoice = ofId.get(outcome.id);
        return invoice === undefined ? outcome : this.unlessOpenElsewhere(held, invoice, outcome);
      });
      await this.steps.underLease(held, (stores) => this.steps.moveInvoices(stores, moved));
    };
    const access = { tenant, context: batch.context };
    try {
      for await (const resolved of resolveDuplicates(this.reader, access, answered)) {
        found.push(resolved);
        if (found.length === STORED_DUPLICATES) await storeFound();
      }
    } finally {
      if (found.length > 0) await storeFound();
    }
    return true;
  }

  private async openInvoices(held: Held): Promise<readonly InSessionInvoice[]> {
    const open = await this.inTenant(held, ({ invoices }) => invoices.inBatch(held.batch.id, ['in-session']));
    return open as readonly InSessionInvoice[];
  }

  /** Invoices that KSeF never listed, or whose rows say nothing final. */
  private async settleOpen(held: Held, open: readonly InSessionInvoice[], tally: RowTally): Promise<StepOutcome> {
    const { batch } = held;
    // A list behind the counters of its session proves nothing of what it does not show (C28, C32).
    const isWhole = (batch.reconciliation.counters.successful ?? 0) <= tally.accepted;
    if (tally.unfinished === 0 && isWhole && sessionFailed(batch.sessionCode)) return this.passOn(held, open, tally);
    if (patienceIsOver(batch.reconciliation, this.steps.clock.now())) return this.giveToPerson(held, open);
    if (tally.unfinished > 0) return this.listLater(held);
    return this.listLater(held, whatDisagrees(batch, tally));
  }

  /** A failed session is a refused delivery of each invoice it did not answer for (C9, C28-C31). */
  private async passOn(held: Held, open: readonly InSessionInvoice[], tally: RowTally): Promise<StepOutcome> {
    const { batch } = held;
    const { sessionCode } = batch;
    const refusal = refusalOf(batch);
    const policy = afterSessionFailure(sessionCode, batch.lineage?.codes ?? [], open.length);
    const move = async (stores: TenantStores): Promise<void> => {
      if (policy !== 'requeue') return this.steps.passOn(stores, held, { invoices: open, refusal, policy });
      const now = this.steps.clock.now();
      const again = open.map((invoice) => this.unlessOpenElsewhere(held, invoice, resend(invoice, refusal, now)));
      await this.steps.moveInvoices(stores, again, { reason: refusal.description });
    };
    if (tally.accepted === 0) return this.steps.endWith(held, refusal.description, move);
    await this.steps.underLease(held, move);
    return { next: batch };
  }

  /** KSeF never came to say what became of them: they may be in KSeF, so nobody sends them anywhere. */
  private async giveToPerson(held: Held, open: readonly InSessionInvoice[]): Promise<StepOutcome> {
    const { batch } = held;
    const refusal: KsefRefusal = {
      code: 0,
      description: 'KSeF finished the session and does not say what became of this invoice.',
      details: [],
      advice: `Ask KSeF about session ${batch.session} before it is sent anywhere: it may be accepted.`,
    };
    await this.steps.underLease(held, (stores) =>
      this.steps.moveInvoices(
        stores,
        open.map((invoice) => dropAttempt(invoice, batch.id) ?? sendToReview(invoice, refusal)),
        { reason: refusal.description },
      ),
    );
    return { next: batch };
  }

  private async waitForProofs(held: Held, unproven: number): Promise<StepOutcome> {
    const { since } = held.batch.reconciliation;
    const ageMs = this.steps.clock.now().epochMilliseconds - since.epochMilliseconds;
    if (ageMs >= PROOFS_LATE_SECONDS * 1000) {
      await this.steps.raise(held, 'no-upo', `${String(unproven)} accepted invoices are without a UPO that is one.`);
    }
    if (patienceIsOver(held.batch.reconciliation, this.steps.clock.now())) return this.reportMissingProofs(held);
    return { waitSeconds: this.gapSeconds(held) };
  }

  /** Accepted, and nothing that proves it: a person asks KSeF. The number stays with the invoice. */
  private async reportMissingProofs(held: Held): Promise<StepOutcome> {
    const { batch } = held;
    const refusal: KsefRefusal = {
      code: 0,
      description: 'KSeF accepted it and gives no UPO that proves it.',
      details: [],
      advice: `Ask KSeF for the UPO of session ${batch.session}; nothing is to be sent again.`,
    };
    await this.steps.underLease(held, async (stores) => {
      const unproven = await stores.invoices.unproven(batch.id, batch.session, SETTLED_AT_A_TIME);
      await this.steps.moveInvoices(
        stores,
        unproven.map((invoice) => reportMissingUpo(invoice, refusal)),
        { reason: refusal.description },
      );
    });
    return { next: batch };
  }

  /** Done only when the counts add up; a failed session is over when each of its invoices has gone its way. */
  private async account(held: Held, tally: RowTally): Promise<StepOutcome> {
    const { batch } = held;
    const now = this.steps.clock.now();
    const facts = { sessionCode: batch.sessionCode, rows: tally.rows, accepted: tally.accepted };
    if (sessionFailed(batch.sessionCode) || !countsDisagree(batch, tally)) {
      return this.steps.store(held, finished(batch, now), facts);
    }
    const dispute = whatDisagrees(batch, tally);
    if (!patienceIsOver(batch.reconciliation, now)) return this.listLater(held, dispute);
    return this.steps.store(held, disputed(batch, dispute, now), { ...facts, dispute }, (stores) =>
      this.steps.alarm(stores, held, 'disputed', dispute),
    );
  }

  /** Another reading, later and later. @param dispute told to people, once */
  private async listLater(held: Held, dispute?: string): Promise<StepOutcome> {
    const { tenant, batch } = held;
    const status = await this.reader.status({ tenant, context: batch.context }, batch.session);
    const counters = status === undefined ? batch.reconciliation.counters : countersOf(status);
    await this.steps.store(held, listAgain(batch, counters), {}, async (stores) => {
      if (dispute !== undefined) await this.steps.alarm(stores, held, 'counts', dispute);
    });
    return { waitSeconds: this.gapSeconds(held) };
  }

  private gapSeconds({ batch }: Held): number {
    return this.steps.pollGapSeconds({ openedAt: batch.reconciliation.since, invoiceCount: batch.invoiceCount });
  }

  /** To read: whoever lost the lease may, and writes nothing (invariant I6). */
  private inTenant<T>({ tenant }: Held, work: (stores: TenantStores) => Promise<T>): Promise<T> {
    return this.steps.unitOfWork.inTenant(tenant, work);
  }
}

function refusalOf({ sessionCode }: ReconcilingBatch): KsefRefusal {
  const description = `KSeF ended the session with code ${String(sessionCode)}`;
  return { code: sessionCode, description, details: [], advice: reactionToBatchSession(sessionCode).advice };
}
