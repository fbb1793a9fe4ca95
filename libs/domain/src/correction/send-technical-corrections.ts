import { sendingNow } from '../availability/sending-now.js';
import { sameHash } from '../invoice/invoice-hash.js';
import type { KsefRefusal } from '../invoice/invoice.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { afterFailedCall } from '../outage/connection.js';
import { contextLabel } from '../party/context-identifier.js';
import type { InteractiveSession, InteractiveSessions, KsefCallRefusal } from '../session/interactive-session.port.js';
import { KsefLoginError, KsefThrottledError, type KsefAccess } from '../session/ksef-access.js';
import { MOST_DELIVERY_ATTEMPTS } from '../session/reconcile-invoice.js';
import type { InvoiceReference } from '../session/session-reference.js';
import type { Attempt } from '../shared/attempt.js';
import type { StopSignal } from '../shared/job-source.port.js';
import { StaleLeaseError } from '../batch/batch-repository.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { CORRECTION_LEASE_SECONDS, correctingInvoice, type CorrectionSteps } from './correction-steps.js';
import { reactionToPost } from './post-reaction.js';
import type { HeldCorrection } from './technical-correction-repository.port.js';
import {
  beginResolvingCorrection,
  beginSendingCorrection,
  referCorrection,
  retryCorrection,
  sendCorrectionAgain,
} from './technical-correction-transitions.js';
import type { ApprovedCorrection, SendingCorrection } from './technical-correction.js';

/** Taken up in one pass: KSeF takes 30 single invoices a minute in a context (domain rules 8.1). */
const AT_A_TIME = 30;
const FIRST_RETRY_SECONDS = 60;
const AFTER_NO_SESSION_SECONDS = 60;
const AFTER_NO_LOGIN_SECONDS = 300;
const FIRST_LOOK_SECONDS = 1;

type Approved = HeldCorrection<ApprovedCorrection>;
type Sending = HeldCorrection<SendingCorrection>;
/** Whether the session takes more; if not, when the others of this pass are tried again. */
type Onward = { readonly goOn: true } | { readonly goOn: false; readonly othersInSeconds: number };

/** Asked anew each time. */
const isStopped = (stop: StopSignal): boolean => stop.aborted;
const GO_ON: Onward = { goOn: true };
const stopFor = (othersInSeconds: number): Onward => ({ goOn: false, othersInSeconds });

/**
 * Posts approved corrections in interactive sessions, earliest deadline first: one session for all of a context and
 * schema. The intent is stored before each post; what comes of a post without an answer is found out by reading the
 * session (`TrackTechnicalCorrections`), never by posting again (reliability D5, D8).
 */
export class SendTechnicalCorrections {
  constructor(
    private readonly steps: CorrectionSteps,
    private readonly sessions: InteractiveSessions,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  /** @returns how many were posted */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<number> {
    const { unitOfWork, clock } = this.steps;
    const claimed = await unitOfWork.inTenant(tenant, async ({ legal, connection, corrections }) => {
      const { outages } = situationOf(await legal.read(), this.jurisdiction);
      const { sending } = sendingNow(clock.now(), outages, await connection.read());
      return sending ? corrections.claimApproved(AT_A_TIME, CORRECTION_LEASE_SECONDS) : [];
    });
    if (claimed.length === 0) return 0;
    return this.steps.holding(tenant, claimed, async () => {
      let posted = 0;
      for (const group of groups(claimed)) posted += await this.sendGroup(tenant, group, stop);
      return posted;
    });
  }

  private async sendGroup(tenant: TenantId, group: readonly Approved[], stop: StopSignal): Promise<number> {
    const [first] = group;
    if (first === undefined || isStopped(stop)) return this.giveBack(tenant, group, 0);
    const { context, formCode } = first.correction;
    const session = await this.open({ tenant, context }, formCode);
    if (typeof session === 'number') return this.giveBack(tenant, group, session);
    let at = 0;
    let onward: Onward = GO_ON;
    try {
      while (at < group.length && onward.goOn && !isStopped(stop)) {
        const held = group[at++];
        if (held !== undefined) onward = await this.sendHeld(tenant, held, session);
      }
    } finally {
      await session.close();
    }
    await this.giveBack(tenant, group.slice(at), onward.goOn ? 0 : onward.othersInSeconds);
    return at;
  }

  /** @returns the session, or in how many seconds to try again */
  private async open(
    access: KsefAccess,
    formCode: ApprovedCorrection['formCode'],
  ): Promise<InteractiveSession | number> {
    try {
      const attempt = await this.sessions.open(access, formCode);
      if (attempt.outcome === 'done') return attempt.value;
      if (attempt.outcome === 'unknown') {
        const { unitOfWork, clock } = this.steps;
        await unitOfWork.inTenant(access.tenant, ({ connection }) =>
          connection.change((known) => afterFailedCall(known, attempt.cause, clock.now())),
        );
      }
      return attempt.outcome === 'failed' ? secondsUntilAgain(attempt.error) : AFTER_NO_SESSION_SECONDS;
    } catch (error) {
      if (error instanceof KsefThrottledError) return error.retryAfterSeconds;
      if (error instanceof KsefLoginError) return AFTER_NO_LOGIN_SECONDS;
      throw error;
    }
  }

  /** A claim that was lost is another worker's, which reads what became of it. */
  private async sendHeld(tenant: TenantId, held: Approved, session: InteractiveSession): Promise<Onward> {
    try {
      return await this.send(tenant, held, session);
    } catch (error) {
      if (error instanceof StaleLeaseError) return GO_ON;
      throw error;
    }
  }

  private async send(tenant: TenantId, held: Approved, session: InteractiveSession): Promise<Onward> {
    const { sending, bytes, issuedHash } = await this.storeIntent(tenant, held, session);
    const attempt = await post(session, sending.correction, bytes, issuedHash);
    if (typeof attempt === 'number') {
      await this.again(tenant, sending, attempt, { reason: 'KSeF asks to wait' });
      return stopFor(attempt);
    }
    switch (attempt.outcome) {
      case 'done':
        await this.steps.store(
          tenant,
          sending,
          referCorrection(sending.correction, attempt.value),
          FIRST_LOOK_SECONDS,
          {
            session: session.reference,
          },
        );
        return GO_ON;
      case 'unknown':
        await this.steps.store(tenant, sending, sending.correction, FIRST_LOOK_SECONDS, { unknown: attempt.cause });
        return stopFor(FIRST_LOOK_SECONDS);
      case 'failed':
        return this.postFailed(tenant, sending, attempt.error);
    }
  }

  /** From here on it may be with KSeF: committed before anything leaves (reliability R1). @throws StaleLeaseError */
  private async storeIntent(tenant: TenantId, { correction, lease }: Approved, { reference }: InteractiveSession) {
    const intent = beginSendingCorrection(correction, reference, this.steps.clock.now());
    const known = await this.steps.unitOfWork.inTenant(tenant, async (stores) => {
      const keep = { leaseSeconds: CORRECTION_LEASE_SECONDS };
      await stores.corrections.saveHeld(intent, lease, CORRECTION_LEASE_SECONDS, keep);
      const { hash } = await correctingInvoice(stores, correction);
      await stores.audit.append([this.steps.entry(intent, { session: reference })]);
      return { issuedHash: hash, bytes: await stores.corrections.bytes(correction.id) };
    });
    if (known.bytes === undefined) throw new Error(`correction ${correction.id} has no bytes`);
    const sending: Sending = { correction: { ...intent, version: intent.version + 1 }, lease };
    return { sending, bytes: known.bytes, issuedHash: known.issuedHash };
  }

  private async postFailed(tenant: TenantId, sending: Sending, error: KsefCallRefusal): Promise<Onward> {
    const { correction } = sending;
    const reaction = reactionToPost(error);
    const facts = { ksefCode: error.ksefCode ?? null, httpStatus: error.httpStatus, refused: error.description };
    switch (reaction) {
      case 'look-up-lineage': {
        const resolving = beginResolvingCorrection(correction, refusalOf(error, LOOKING_UP));
        await this.steps.store(tenant, sending, resolving, FIRST_LOOK_SECONDS, facts);
        return GO_ON;
      }
      case 'look-up-session':
        await this.steps.store(tenant, sending, correction, FIRST_LOOK_SECONDS, facts);
        return stopFor(FIRST_LOOK_SECONDS);
      case 'another-session':
        await this.again(tenant, sending, FIRST_LOOK_SECONDS, facts);
        return stopFor(FIRST_LOOK_SECONDS);
      case 'later':
        await this.again(tenant, sending, secondsUntilAgain(error), facts);
        return stopFor(secondsUntilAgain(error));
      case 'blocked':
        await this.steps.stuck(tenant, sending, 'blocked', refusalOf(error, GRANT_THE_RIGHT));
        return GO_ON;
      case 'retry':
        await this.retryOrStick(tenant, sending, refusalOf(error, ASK_KSEF), facts);
        return GO_ON;
    }
  }

  private async retryOrStick(
    tenant: TenantId,
    sending: Sending,
    refusal: KsefRefusal,
    facts: Readonly<Record<string, string | number | null>>,
  ): Promise<void> {
    const { attempts } = sending.correction;
    if (attempts + 1 >= MOST_DELIVERY_ATTEMPTS) return this.steps.stuck(tenant, sending, 'needs-review', refusal);
    const seconds = FIRST_RETRY_SECONDS * 2 ** attempts;
    const next = retryCorrection(sending.correction, this.steps.clock.now().add({ seconds }));
    await this.steps.store(tenant, sending, next, seconds, facts);
  }

  /** KSeF surely did not take it. */
  private again(
    tenant: TenantId,
    sending: Sending,
    seconds: number,
    facts: Readonly<Record<string, string | number | null>>,
  ): Promise<void> {
    const next = sendCorrectionAgain(sending.correction, this.steps.clock.now().add({ seconds }));
    return this.steps.store(tenant, sending, next, seconds, facts);
  }

  private async giveBack(tenant: TenantId, group: readonly Approved[], seconds: number): Promise<0> {
    if (group.length === 0) return 0;
    await this.steps.unitOfWork.inTenant(tenant, async ({ corrections }) => {
      for (const { lease } of group) await corrections.release(lease, seconds);
    });
    return 0;
  }
}

/** As long as KSeF says, where it does: `Retry-After` is obeyed in full (reliability R5). */
const secondsUntilAgain = ({ retryAfterSeconds }: KsefCallRefusal): number =>
  retryAfterSeconds ?? AFTER_NO_SESSION_SECONDS;

/** @returns how the post ended; seconds to wait where a limit was reached and nothing was sent */
async function post(
  session: InteractiveSession,
  correction: SendingCorrection,
  bytes: Uint8Array,
  issuedHash: ApprovedCorrection['hash'],
): Promise<Attempt<InvoiceReference, KsefCallRefusal> | number> {
  if (sameHash(correction.hash, issuedHash)) throw new Error(`correction ${correction.id} corrects itself`);
  try {
    return await session.post(bytes, correction.hash, true, issuedHash);
  } catch (error) {
    if (error instanceof KsefThrottledError) return error.retryAfterSeconds;
    throw error;
  }
}

const refusalOf = ({ ksefCode, httpStatus, description }: KsefCallRefusal, advice: string): KsefRefusal => ({
  code: ksefCode ?? httpStatus,
  description,
  details: [],
  advice,
});

const LOOKING_UP = 'KSeF says that there is nothing to correct; what it holds is being looked up.';
const GRANT_THE_RIGHT = 'KSeF does not let us send it: grant the right, then resume the technical correction.';
const ASK_KSEF =
  "KSeF refuses to take it, not for its content: read KSeF's words, then resume the technical correction.";

/** One session carries one context and one schema; the order by deadline stays within each. */
function groups(claimed: readonly Approved[]): readonly (readonly Approved[])[] {
  const byKey = new Map<string, Approved[]>();
  for (const held of claimed) {
    const { context, formCode } = held.correction;
    const key = [contextLabel(context), formCode.systemCode, formCode.schemaVersion, formCode.value].join('|');
    byKey.set(key, [...(byKey.get(key) ?? []), held]);
  }
  return [...byKey.values()];
}
