import { reactionToBatchSession } from '../session/ksef-session-status.js';
import type { SessionReader, SessionStatus } from '../session/session-reader.port.js';
import {
  callDone,
  callFailed,
  callResolved,
  callUnknown,
  type CallAttempt,
  type PendingCall,
} from '../tracking/call-attempts.port.js';
import type { Instant } from '../shared/instant.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import { SESSION_LOST_SECONDS, SESSION_STRANGE_SECONDS } from './batch-limits.js';
import type { BatchSessions } from './batch-session.port.js';
import type { BatchSteps } from './batch-steps.js';
import { closed, processed, sessionKnown, sessionUnknown, type ClosingBatch, type ProcessingBatch } from './batch.js';
import { LookForInvoices } from './look-for-invoices.js';
import type { SessionCounters } from './reconciliation.js';

/** Session code (domain rules 7.1). */
const SESSION_OPENED = 100;

/** KSeF takes a moment to know a session it just made (C22). */
const UNKNOWN_SESSION_WAIT_SECONDS = 10;
const CLOSE_RETRY_SECONDS = 3;

/** Closes the session and follows it to its final code. An unknown close is resolved by the status, never resent (C21). */
export class TrackSessionStep {
  private readonly lost: LookForInvoices;

  constructor(
    private readonly steps: BatchSteps,
    private readonly sessions: BatchSessions,
    private readonly reader: SessionReader,
  ) {
    this.lost = new LookForInvoices(steps, reader);
  }

  /** In `closing` the call may or may not have been made: KSeF's status decides. */
  async resolveClose(held: HeldBatch<ClosingBatch>): Promise<StepOutcome> {
    const { tenant, batch } = held;
    const access = { tenant, context: batch.context };
    const status = await this.reader.status(access, batch.session);
    if (status === undefined) return this.notKnown(held);
    if (batch.unknown !== undefined) return this.steps.store(held, sessionKnown(batch), { sessionCode: status.code });
    await this.settleEarlierCalls(held, status);
    if (status.code !== SESSION_OPENED) return this.steps.store(held, closed(batch), { sessionCode: status.code });
    const attempt = await this.begin(held);
    const outcome = await this.sessions.close(access, batch.session);
    const now = this.steps.clock.now();
    if (outcome.outcome === 'done') {
      return this.steps.store(held, closed(batch), {}, ({ tracking }) =>
        tracking.attempts.settle(callDone(attempt, batch.session, now)),
      );
    }
    await this.settle(
      held,
      outcome.outcome === 'failed'
        ? callFailed(attempt, outcome.error.description, now)
        : callUnknown(attempt, outcome.cause, now),
    );
    return { waitSeconds: Math.max(CLOSE_RETRY_SECONDS, this.steps.pollGapSeconds(batch)) };
  }

  /** What the status tells of calls whose answers never came (reliability R3). */
  private async settleEarlierCalls(held: HeldBatch<ClosingBatch>, { code }: SessionStatus): Promise<void> {
    const { batch } = held;
    await this.steps.underLease(held, async ({ tracking }) => {
      const attempts = await tracking.attempts.ofBatch(batch.id);
      for (const attempt of attempts) {
        if (attempt.call !== 'close' || (attempt.state !== 'pending' && attempt.state !== 'unknown')) continue;
        const unknown =
          attempt.state === 'unknown'
            ? attempt
            : callUnknown(attempt, 'the worker stopped while closing', this.steps.clock.now());
        if (attempt.state === 'pending') await tracking.attempts.settle(unknown);
        const told = code === SESSION_OPENED ? 'it did not arrive' : 'it arrived';
        await tracking.attempts.settle(callResolved(unknown, `${told}: the session has code ${String(code)}`));
      }
    });
  }

  private async begin(held: HeldBatch<ClosingBatch>): Promise<PendingCall> {
    const { batch, lease } = held;
    const at = this.steps.clock.now();
    const attempt: PendingCall = {
      id: this.steps.newId(),
      batchId: batch.id,
      call: 'close',
      at,
      fence: lease.fence,
      state: 'pending',
    };
    await this.steps.underLease(held, ({ tracking }) => tracking.attempts.begin(attempt));
    return attempt;
  }

  private settle(held: HeldBatch, attempt: Exclude<CallAttempt, PendingCall>): Promise<void> {
    return this.steps.underLease(held, ({ tracking }) => tracking.attempts.settle(attempt));
  }

  /**
   * Just after its opening this passes. What lasts is told to people after an hour; then, when a person says what became of
   * it, or after the longest life of a session, its invoices are looked for one by one (C22).
   */
  private async notKnown(held: HeldBatch<ClosingBatch | ProcessingBatch>): Promise<StepOutcome> {
    const { batch } = held;
    const now = this.steps.clock.now();
    const waitSeconds = Math.max(UNKNOWN_SESSION_WAIT_SECONDS, this.steps.pollGapSeconds(batch));
    if (batch.unknown === undefined) {
      await this.steps.store(held, sessionUnknown(batch, now), {
        reason: `KSeF does not know session ${batch.session}`,
      });
      return { waitSeconds };
    }
    const { since, settlement } = batch.unknown;
    const seconds = (now.epochMilliseconds - since.epochMilliseconds) / 1000;
    const isLostAfter = settlement === undefined ? SESSION_LOST_SECONDS : SESSION_STRANGE_SECONDS;
    if (seconds >= isLostAfter) return this.lost.execute(held);
    if (seconds >= SESSION_STRANGE_SECONDS) await this.steps.raise(held, 'session-unknown', strange(batch, since));
    return { waitSeconds };
  }

  async execute(held: HeldBatch<ProcessingBatch>): Promise<StepOutcome> {
    const { tenant, batch } = held;
    const status = await this.reader.status({ tenant, context: batch.context }, batch.session);
    if (status === undefined) return this.notKnown(held);
    if (reactionToBatchSession(status.code).reaction === 'wait') {
      if (batch.unknown !== undefined) return this.steps.store(held, sessionKnown(batch), { sessionCode: status.code });
      return { waitSeconds: this.steps.pollGapSeconds(batch) };
    }
    const next = processed(batch, status.code, countersOf(status), this.steps.clock.now());
    return this.steps.store(held, next, factsOf(status));
  }
}

const strange = ({ session }: ClosingBatch | ProcessingBatch, since: Instant): string =>
  `KSeF says since ${since.toString()} that it does not know session ${session}. From ` +
  `${since.add({ seconds: SESSION_LOST_SECONDS }).toString()} on its invoices are looked for one by one; earlier, when a ` +
  'person says what became of it (POST /v1/batches/{id}/settlement).';

/** What KSeF counts; what it does not say is absent. */
export function countersOf({
  invoiceCount,
  successfulInvoiceCount,
  failedInvoiceCount,
}: SessionStatus): SessionCounters {
  return {
    ...(invoiceCount === undefined ? {} : { invoices: invoiceCount }),
    ...(successfulInvoiceCount === undefined ? {} : { successful: successfulInvoiceCount }),
    ...(failedInvoiceCount === undefined ? {} : { failed: failedInvoiceCount }),
  };
}

function factsOf({ code, description, invoiceCount, successfulInvoiceCount, failedInvoiceCount }: SessionStatus) {
  return {
    sessionCode: code,
    description,
    invoices: invoiceCount ?? null,
    successful: successfulInvoiceCount ?? null,
    failed: failedInvoiceCount ?? null,
  };
}
