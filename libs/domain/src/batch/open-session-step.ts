import type { InSessionInvoice, KsefRefusal, PlannedInvoice } from '../invoice/invoice.js';
import type { KsefCallRefusal } from '../session/interactive-session.port.js';
import { reactionToBatchSession } from '../session/ksef-session-status.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError, type KsefAccess } from '../session/ksef-access.js';
import type { ListedSession, SessionReader } from '../session/session-reader.port.js';
import type { SessionReference } from '../session/session-reference.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import {
  callDone,
  callFailed,
  callResolved,
  callUnknown,
  type CallAttempt,
  type PendingCall,
  type UnknownCall,
} from '../tracking/call-attempts.port.js';
import type { HeldBatch, StepOutcome } from './advance-batch.js';
import { afterOpenRefusal, codeOf, type FailurePolicy } from './after-session-failure.js';
import type { BatchSessions, OpenedSession } from './batch-session.port.js';
import type { BatchSteps } from './batch-steps.js';
import { beginOpening, openAgain, opened, openLater, repack, type OpeningBatch, type PackedBatch } from './batch.js';

/** A session that does not open this often needs a person; its invoices wait for the next plan. */
const MAX_OPEN_ATTEMPTS = 20;
/** KSeF's clock and ours, when a session is looked for by the moment of its opening. */
const CLOCK_MARGIN_SECONDS = 60;
const SESSION_OPENED = 100;

/**
 * Opens the batch session. The attempt is stored before the call, and what became of it after. An unknown outcome costs
 * at most an empty session, which accepts nothing: it is looked for in KSeF's list once, and recorded (C12, C15).
 */
export class OpenSessionStep {
  constructor(
    private readonly steps: BatchSteps,
    private readonly sessions: BatchSessions,
    private readonly reader: SessionReader,
  ) {}

  async execute(held: HeldBatch<PackedBatch>): Promise<StepOutcome> {
    if (held.batch.openAttempts >= MAX_OPEN_ATTEMPTS) return this.exhausted(held);
    if (await this.isAnswered(held)) {
      return this.steps.end(held, 'KSeF has answered for all of them in the session before');
    }
    await this.resolveUnknown(held);
    if (keyWasRefused(held.batch)) await this.sessions.readKeysAnew();
    const intent = beginOpening(held.batch);
    const attempt = this.pendingCall(held);
    await this.steps.store(held, intent, { attempt: intent.openAttempts }, ({ tracking }) =>
      tracking.attempts.begin(attempt),
    );
    const opening: HeldBatch<OpeningBatch> = { ...held, batch: { ...intent, version: intent.version + 1 } };
    const { tenant, batch } = opening;
    const outcome = await this.sessions
      .open({ tenant, context: batch.context }, batch.formCode, batch.sealed)
      .catch(notAsked);
    if (outcome instanceof Error) return this.later(opening, attempt, outcome);
    switch (outcome.outcome) {
      case 'done':
        return this.enter(opening, attempt, outcome.value);
      case 'failed':
        return outcome.error.code === 'PUBLIC_KEY_WITHDRAWN'
          ? this.steps.store(opening, repack(batch), { reason: 'KSeF withdrew its public key' }, ({ tracking }) =>
              tracking.attempts.settle(callFailed(attempt, 'KSeF withdrew its public key', this.steps.clock.now())),
            )
          : this.refused(opening, attempt, outcome.error);
      case 'unknown':
        await this.steps.store(opening, openAgain(batch), { unknown: outcome.cause }, ({ tracking }) =>
          tracking.attempts.settle(callUnknown(attempt, outcome.cause, this.steps.clock.now())),
        );
        return { waitSeconds: backoffSeconds(batch.openAttempts) };
    }
  }

  /** The answers that never came are KSeF's fault or the network's: its invoices go on, and people know (C12). */
  private exhausted(held: HeldBatch<PackedBatch>): Promise<StepOutcome> {
    const reason = `KSeF opened no session in ${String(MAX_OPEN_ATTEMPTS)} attempts`;
    const told = `${reason}: look at the way to KSeF. Its invoices wait for the next batch.`;
    return this.steps.end(held, reason, undefined, (stores) => this.steps.alarm(stores, held, 'open-exhausted', told));
  }

  /**
   * The limits leave no room for the call (a 429, or our own budget), or there is no login to make it with: it did
   * nothing, and is no attempt of the batch.
   * @throws KsefLoginError as it came, so that the batch waits for a person to mend it
   */
  private async later(
    opening: HeldBatch<OpeningBatch>,
    attempt: PendingCall,
    why: KsefThrottledError | KsefLoginError,
  ): Promise<StepOutcome> {
    const facts =
      why instanceof KsefThrottledError ? { throttledSeconds: why.retryAfterSeconds } : { noLogin: why.code };
    await this.steps.store(opening, openLater(opening.batch), facts, ({ tracking }) =>
      tracking.attempts.settle(callFailed(attempt, why.message, this.steps.clock.now())),
    );
    if (why instanceof KsefLoginError) throw why;
    return { waitSeconds: why.retryAfterSeconds };
  }

  /** Found in `opening`: the process died around the call. A session without parts accepts nothing: open anew. */
  async recover(held: HeldBatch<OpeningBatch>): Promise<StepOutcome> {
    const cause = 'the worker stopped while opening';
    return this.steps.store(held, openAgain(held.batch), { unknown: cause }, async ({ tracking }) => {
      for (const attempt of await tracking.attempts.ofBatch(held.batch.id)) {
        if (!isPendingOpen(attempt)) continue;
        await tracking.attempts.settle(callUnknown(attempt, cause, this.steps.clock.now()));
      }
    });
  }

  /** Of a second delivery nothing may be left to deliver by the time it sets out (C40). */
  private async isAnswered({ tenant, batch }: HeldBatch<PackedBatch>): Promise<boolean> {
    if (batch.lineage?.cause !== 'second-delivery') return false;
    const counts = await this.steps.unitOfWork.inTenant(tenant, ({ invoices }) => invoices.countByState(batch.id));
    return (counts.get('in-session') ?? 0) === 0;
  }

  private pendingCall({ batch, lease }: HeldBatch): PendingCall {
    const at = this.steps.clock.now();
    return { id: this.steps.newId(), batchId: batch.id, call: 'open', at, fence: lease.fence, state: 'pending' };
  }

  private enter(
    held: HeldBatch<OpeningBatch>,
    attempt: PendingCall,
    { reference, targets }: OpenedSession,
  ): Promise<StepOutcome> {
    const { batch } = held;
    const now = this.steps.clock.now();
    const next = opened(batch, reference, targets, now);
    return this.steps.store(held, next, { session: reference }, async (stores) => {
      await stores.tracking.attempts.settle(callDone(attempt, reference, now));
      const entered = await stores.invoices.enterSession(batch.id, reference);
      await stores.audit.appendForEach(entered, {
        at: now,
        actor: 'worker',
        action: 'invoice.in-session',
        kind: 'invoice',
        facts: { session: reference },
      });
    });
  }

  /** A fault of ours is mended by packing anew, once; the second time a person looks (C14). */
  private refused(held: HeldBatch<OpeningBatch>, attempt: PendingCall, no: KsefCallRefusal): Promise<StepOutcome> {
    const { batch } = held;
    const reason = `KSeF refused to open a session: ${no.description}`;
    const policy = afterOpenRefusal(no, batch.lineage?.codes ?? []);
    const settle = ({ tracking }: TenantStores) =>
      tracking.attempts.settle(callFailed(attempt, no.description, this.steps.clock.now()));
    if (policy === 'requeue') return this.steps.end(held, reason, undefined, settle);
    return this.steps.endWith(held, reason, async (stores) => {
      await settle(stores);
      if (policy === 'block') await this.steps.alarm(stores, held, 'access-refused', `${reason}. ${GRANT_RIGHT}`);
      const invoices = await carriedBy(stores, batch);
      await this.steps.passOn(stores, held, { invoices, refusal: openRefusal(no, reason, policy), policy });
    });
  }

  /** Sessions that calls without an answer may have left behind; looked for once, and only when the list can be had. */
  private async resolveUnknown(held: HeldBatch<PackedBatch>): Promise<void> {
    const { tenant, batch } = held;
    const attempts = await this.steps.unitOfWork.inTenant(tenant, ({ tracking }) =>
      tracking.attempts.ofBatch(batch.id),
    );
    for (const attempt of attempts) {
      if (attempt.state !== 'unknown' || attempt.call !== 'open') continue;
      const listed = await this.openedAround({ tenant, context: batch.context }, attempt);
      if (listed === undefined) return;
      const empty = listed.filter(({ code, invoiceCount }) => code === SESSION_OPENED && invoiceCount === 0);
      await this.steps.underLease(held, (stores) =>
        this.resolve(
          stores,
          attempt,
          empty.map(({ reference }) => reference),
        ),
      );
    }
  }

  /** `undefined` when the list cannot be had now: it holds up no opening, and is asked for again before the next one. */
  private async openedAround(
    access: KsefAccess,
    { at, endedAt }: UnknownCall,
  ): Promise<readonly ListedSession[] | undefined> {
    const margin = { seconds: CLOCK_MARGIN_SECONDS };
    try {
      return await this.reader.sessionsOpened(access, 'batch', at.subtract(margin), endedAt.add(margin));
    } catch (error) {
      if (error instanceof KsefThrottledError || error instanceof KsefUnreachableError) return undefined;
      throw error;
    }
  }

  private async resolve(
    { tracking }: TenantStores,
    attempt: UnknownCall,
    empty: readonly SessionReference[],
  ): Promise<void> {
    const known = new Set(await tracking.attempts.knownSessions(empty));
    const orphans = empty.filter((session) => !known.has(session));
    const told =
      orphans.length === 0
        ? "it left nothing behind: KSeF's list has no session that is not known"
        : 'it left an empty session behind, which accepts nothing and ends by itself';
    await tracking.attempts.settle(callResolved(attempt, told, orphans));
  }
}

const isPendingOpen = (attempt: CallAttempt): attempt is PendingCall =>
  attempt.state === 'pending' && attempt.call === 'open';

/** KSeF could not open the key, or what was encrypted with it, the last time. */
const keyWasRefused = ({ lineage }: PackedBatch): boolean => {
  const last = lineage?.codes.at(-1);
  return last !== undefined && reactionToBatchSession(last).reaction === 'rekey';
};

/** Planned ones, and those of a second delivery, which are on their way in the session before. */
async function carriedBy(
  { invoices }: TenantStores,
  { id }: OpeningBatch,
): Promise<readonly (PlannedInvoice | InSessionInvoice)[]> {
  const carried = await invoices.inBatch(id, ['planned', 'in-session']);
  return carried as readonly (PlannedInvoice | InSessionInvoice)[];
}

const GRANT_RIGHT = 'Grant the right in KSeF, then name the invoices in POST /v1/batches: they go with the same bytes.';

function openRefusal(no: KsefCallRefusal, description: string, policy: FailurePolicy): KsefRefusal {
  const twice =
    'KSeF refused the package twice before it got anything: report it, then name the invoice in POST /v1/batches.';
  return { code: codeOf(no), description, details: [], advice: policy === 'block' ? GRANT_RIGHT : twice };
}

/** 2, 4, 8 … seconds, at most 5 minutes. */
function backoffSeconds(attempts: number): number {
  return Math.min(300, 2 ** Math.min(attempts, 9));
}

/** Errors that say that nothing was sent. */
function notAsked(error: unknown): KsefThrottledError | KsefLoginError {
  if (error instanceof KsefThrottledError || error instanceof KsefLoginError) return error;
  throw error;
}
