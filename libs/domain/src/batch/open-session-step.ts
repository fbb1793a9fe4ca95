import { enterSession } from '../invoice/invoice-transitions.js';
import type { PlannedInvoice } from '../invoice/invoice.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import type { BatchSessions } from './batch-session.port.js';
import type { BatchSteps } from './batch-steps.js';
import { beginOpening, openAgain, opened, repack, type OpeningBatch, type PackedBatch } from './batch.js';

/** A session that does not open this often needs a person; its invoices wait for the next plan. */
const MAX_OPEN_ATTEMPTS = 20;

/** Opens the batch session. The intent is stored first; an unknown outcome costs at most an empty session (C12). */
export class OpenSessionStep {
  constructor(
    private readonly steps: BatchSteps,
    private readonly sessions: BatchSessions,
  ) {}

  async execute(held: HeldBatch<PackedBatch>): Promise<StepOutcome> {
    if (held.batch.openAttempts >= MAX_OPEN_ATTEMPTS) {
      return this.steps.end(held, `KSeF opened no session in ${String(MAX_OPEN_ATTEMPTS)} attempts`);
    }
    const intent = beginOpening(held.batch);
    await this.steps.store(held, intent, { attempt: intent.openAttempts });
    const opening: HeldBatch<OpeningBatch> = { ...held, batch: { ...intent, version: intent.version + 1 } };
    const { tenant, batch } = opening;
    const attempt = await this.sessions.open({ tenant, context: batch.context }, batch.formCode, batch.sealed);
    switch (attempt.outcome) {
      case 'done': {
        const { reference, targets } = attempt.value;
        const next = opened(batch, reference, targets, this.steps.clock.now());
        return this.steps.store(opening, next, { session: reference }, async (stores) => {
          const planned = await stores.invoices.inBatch(batch.id, ['planned']);
          const entered = planned.map((invoice) => enterSession(invoice as PlannedInvoice, reference));
          await this.steps.moveInvoices(stores, entered, { session: reference });
        });
      }
      case 'failed':
        return attempt.error.code === 'PUBLIC_KEY_WITHDRAWN'
          ? this.steps.store(opening, repack(batch), { reason: 'KSeF withdrew its public key' })
          : this.steps.end(opening, `KSeF refused to open a session: ${attempt.error.description}`);
      case 'unknown':
        await this.steps.store(opening, openAgain(batch), { unknown: attempt.cause });
        return { waitSeconds: backoffSeconds(batch.openAttempts) };
    }
  }

  /** Found in `opening`: the process died around the call. A session without parts accepts nothing: open anew. */
  async recover(held: HeldBatch<OpeningBatch>): Promise<StepOutcome> {
    return this.steps.store(held, openAgain(held.batch), { unknown: 'the worker stopped while opening' });
  }
}

/** 2, 4, 8 … seconds, at most 5 minutes. */
function backoffSeconds(attempts: number): number {
  return Math.min(300, 2 ** Math.min(attempts, 9));
}
