import type { SessionReader, SessionStatus } from '../session/session-reader.port.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import type { BatchSessions } from './batch-session.port.js';
import type { BatchSteps } from './batch-steps.js';
import { closed, processed, type ClosingBatch, type ProcessingBatch } from './batch.js';

/** Session codes (domain rules 7.1). */
const SESSION_OPENED = 100;
const FIRST_FINAL_CODE = 200;

/** KSeF takes a moment to know a session it just made (C22). */
const UNKNOWN_SESSION_WAIT_SECONDS = 10;
const CLOSE_RETRY_SECONDS = 3;

/** Closes the session and follows it to its final code. An unknown close is resolved by the status, never resent (C21). */
export class TrackSessionStep {
  constructor(
    private readonly steps: BatchSteps,
    private readonly sessions: BatchSessions,
    private readonly reader: SessionReader,
  ) {}

  /** In `closing` the call may or may not have been made: KSeF's status decides. */
  async resolveClose(held: HeldBatch<ClosingBatch>): Promise<StepOutcome> {
    const { tenant, batch } = held;
    const access = { tenant, context: batch.context };
    const status = await this.reader.status(access, batch.session);
    if (status === undefined) return this.notKnownYet(batch);
    if (status.code !== SESSION_OPENED) return this.steps.store(held, closed(batch), { sessionCode: status.code });
    const attempt = await this.sessions.close(access, batch.session);
    if (attempt.outcome === 'done') return this.steps.store(held, closed(batch));
    return { waitSeconds: Math.max(CLOSE_RETRY_SECONDS, this.steps.pollGapSeconds(batch)) };
  }

  private notKnownYet(batch: ClosingBatch | ProcessingBatch): StepOutcome {
    return { waitSeconds: Math.max(UNKNOWN_SESSION_WAIT_SECONDS, this.steps.pollGapSeconds(batch)) };
  }

  async execute(held: HeldBatch<ProcessingBatch>): Promise<StepOutcome> {
    const { tenant, batch } = held;
    const status = await this.reader.status({ tenant, context: batch.context }, batch.session);
    if (status === undefined) return this.notKnownYet(batch);
    if (status.code < FIRST_FINAL_CODE) return { waitSeconds: this.steps.pollGapSeconds(batch) };
    return this.steps.store(held, processed(batch, status.code), factsOf(status));
  }
}

/** KSeF read the package, and no invoice in it was correct: every row has its own answer. */
const NO_CORRECT_INVOICE = 445;

/** Whether a final code means that KSeF did not get as far as the single invoices. */
export const sessionFailed = (code: number): boolean => code !== FIRST_FINAL_CODE && code !== NO_CORRECT_INVOICE;

function factsOf({ code, description, invoiceCount, successfulInvoiceCount, failedInvoiceCount }: SessionStatus) {
  return {
    sessionCode: code,
    description,
    invoices: invoiceCount ?? null,
    successful: successfulInvoiceCount ?? null,
    failed: failedInvoiceCount ?? null,
  };
}
