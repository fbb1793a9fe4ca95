import { hashToBase64 } from '../invoice/invoice-hash.js';
import type { AcceptedInvoice, InSessionInvoice, Invoice } from '../invoice/invoice.js';
import { completeWithUpo, fetchUpo } from '../session/fetch-upo.js';
import { reconcileInvoice, resend } from '../session/reconcile-invoice.js';
import { sessionInvoices } from '../session/session-invoices.js';
import type { SessionInvoice, SessionReader, UpoDocument } from '../session/session-reader.port.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import type { BatchSteps } from './batch-steps.js';
import { finished, type ReconcilingBatch } from './batch.js';
import { sessionFailed } from './track-session-step.js';

/** UPOs fetched at a time, and stored together. */
const PARALLEL_UPOS = 8;

/**
 * Matches every row of the session to an invoice by hash, stores what KSeF said, fetches the proofs, and ends the batch
 * only when all its invoices have an answer. Safe to repeat: rows already settled are passed over (C32-C37).
 */
export class ReconcileStep {
  constructor(
    private readonly steps: BatchSteps,
    private readonly reader: SessionReader,
  ) {}

  async execute(held: HeldBatch<ReconcilingBatch>): Promise<StepOutcome> {
    const rows = await this.readRows(held);
    await this.settle(held, rows);
    const unproven = await this.fetchProofs(held, rows);
    const open = await this.inState(held, 'in-session');
    if (open.length > 0) return this.settleMissing(held, open, rows);
    if (unproven > 0) return { waitSeconds: this.steps.pollGapSeconds(held.batch) };
    return this.steps.store(held, finished(held.batch, this.steps.clock.now()), {
      sessionCode: held.batch.sessionCode,
      rows: rows.size,
    });
  }

  /** All rows by hash (Base64). The same hash twice is one invoice refused as its own duplicate: the accepted row counts. */
  private async readRows({ tenant, batch }: HeldBatch<ReconcilingBatch>): Promise<ReadonlyMap<string, SessionInvoice>> {
    const access = { tenant, context: batch.context };
    const rows = new Map<string, SessionInvoice>();
    for await (const row of sessionInvoices(this.reader, access, batch.session)) {
      const key = hashToBase64(row.hash);
      if (rows.get(key)?.code !== 200) rows.set(key, row);
    }
    return rows;
  }

  private async settle(held: HeldBatch<ReconcilingBatch>, rows: ReadonlyMap<string, SessionInvoice>): Promise<void> {
    const { tenant, batch } = held;
    const hashOf = (ksefNumber: string) => this.reader.hashOf({ tenant, context: batch.context }, ksefNumber);
    const settled: Invoice[] = [];
    for (const invoice of await this.inState(held, 'in-session')) {
      const row = rows.get(hashToBase64(invoice.hash));
      if (row === undefined) continue;
      const next = await reconcileInvoice(
        invoice as InSessionInvoice,
        row,
        batch.session,
        hashOf,
        this.steps.clock.now(),
      );
      if (next !== undefined) settled.push(next);
    }
    await this.storeInvoices(held, settled);
  }

  /** Rows that KSeF never listed, or that have no final word yet. */
  private async settleMissing(
    held: HeldBatch<ReconcilingBatch>,
    open: readonly Invoice[],
    rows: ReadonlyMap<string, SessionInvoice>,
  ): Promise<StepOutcome> {
    const missing = open.filter(({ hash }) => !rows.has(hashToBase64(hash)));
    if (missing.length < open.length || !sessionFailed(held.batch.sessionCode))
      return { waitSeconds: this.steps.pollGapSeconds(held.batch) };
    const again = missing.map((invoice) => this.sendAgain(invoice as InSessionInvoice, held.batch));
    if (rows.size === 0) return this.steps.end(held, endedWith(held.batch), again);
    await this.storeInvoices(held, again);
    return { next: held.batch };
  }

  /** A failed session is a refused delivery of each invoice it did not answer for: counted, and not at once. */
  private sendAgain(invoice: InSessionInvoice, batch: ReconcilingBatch): Invoice {
    const refusal = {
      code: batch.sessionCode,
      description: endedWith(batch),
      details: [],
      advice:
        'KSeF failed over the whole session each time; look at its code, then name the invoice in POST /v1/batches.',
    };
    return resend(invoice, refusal, this.steps.clock.now());
  }

  /** @returns how many accepted invoices still have no proof */
  private async fetchProofs(
    held: HeldBatch<ReconcilingBatch>,
    rows: ReadonlyMap<string, SessionInvoice>,
  ): Promise<number> {
    const { tenant, batch } = held;
    const access = { tenant, context: batch.context };
    const accepted = (await this.inState(held, 'accepted')) as readonly AcceptedInvoice[];
    let unproven = 0;
    for (let at = 0; at < accepted.length; at += PARALLEL_UPOS) {
      const chunk = accepted.slice(at, at + PARALLEL_UPOS);
      const upos = await Promise.all(
        chunk.map((invoice) => fetchUpo(this.reader, access, invoice, rows.get(hashToBase64(invoice.hash)))),
      );
      const proven = chunk.flatMap((invoice, index) => pair(invoice, upos[index]));
      unproven += chunk.length - proven.length;
      if (proven.length === 0) continue;
      await this.steps.unitOfWork.inTenant(tenant, (stores) => completeWithUpo(stores, proven, this.steps.clock.now()));
    }
    return unproven;
  }

  private storeInvoices({ tenant }: HeldBatch, settled: readonly Invoice[]): Promise<void> {
    return this.steps.unitOfWork.inTenant(tenant, (stores) => this.steps.moveInvoices(stores, settled));
  }

  private inState({ tenant, batch }: HeldBatch, state: 'in-session' | 'accepted'): Promise<readonly Invoice[]> {
    return this.steps.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.inBatch(batch.id, [state]));
  }
}

function pair(invoice: AcceptedInvoice, upo: UpoDocument | undefined) {
  return upo === undefined ? [] : [{ invoice, upo }];
}

const endedWith = ({ sessionCode }: ReconcilingBatch): string =>
  `KSeF ended the session with code ${String(sessionCode)}`;
