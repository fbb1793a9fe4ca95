import { StaleLeaseError } from '../batch/batch-repository.port.js';
import { sameHash } from '../invoice/invoice-hash.js';
import type { KsefRefusal } from '../invoice/invoice.js';
import { reactionTo } from '../invoice/ksef-invoice-status.js';
import { completeWithUpo, fetchUpo } from '../session/fetch-upo.js';
import type { InteractiveSessions } from '../session/interactive-session.port.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError, type KsefAccess } from '../session/ksef-access.js';
import { lookUpByHash } from '../session/look-up.js';
import { MOST_DELIVERY_ATTEMPTS } from '../session/reconcile-invoice.js';
import type { SessionInvoice, SessionReader } from '../session/session-reader.port.js';
import type { Instant } from '../shared/instant.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { CORRECTION_LEASE_SECONDS, type CorrectionSteps } from './correction-steps.js';
import { acceptanceIn, filesOf, type LineageFile } from './lineage.js';
import type { ResolveLineage } from './resolve-lineage.js';
import type { HeldCorrection, OpenCorrection } from './technical-correction-repository.port.js';
import {
  acceptCorrection,
  completeCorrection,
  retryCorrection,
  sendCorrectionAgain,
} from './technical-correction-transitions.js';
import type { AcceptedCorrection, SendingCorrection } from './technical-correction.js';

/** Looked at in one pass. */
const AT_A_TIME = 50;
const FASTEST_LOOK_SECONDS = 1;
const SLOWEST_LOOK_SECONDS = 600;
const FIRST_RETRY_SECONDS = 60;
const SESSION_OPEN = 100;
/** KSeF may not know a session for a while after it was opened (reliability C22); after its whole life it never will. */
const LONGEST_SESSION_SECONDS = 12 * 3600;
/** A KSeF that left so many questions of one pass unanswered is not asked the others. */
const MOST_UNANSWERED = 2;

type Access = KsefAccess;
type Sending = HeldCorrection<SendingCorrection>;

/**
 * Finds out what became of corrections that were posted, by reading the session, matched by the hash that was sent
 * (reliability D5, D10), and fetches the UPO. Safe to repeat and to run twice.
 */
export class TrackTechnicalCorrections {
  constructor(
    private readonly steps: CorrectionSteps,
    private readonly ports: { readonly sessions: InteractiveSessions; readonly reader: SessionReader },
    private readonly resolveLineage: ResolveLineage,
  ) {}

  /** @returns how many are still without a final answer */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<number> {
    const claimed = await this.steps.unitOfWork.inTenant(tenant, ({ corrections }) =>
      corrections.claimOpen(AT_A_TIME, CORRECTION_LEASE_SECONDS),
    );
    if (claimed.length === 0) return 0;
    return this.steps.holding(tenant, claimed, () => this.lookAtAll(tenant, claimed, stop));
  }

  private async lookAtAll(
    tenant: TenantId,
    claimed: readonly HeldCorrection<OpenCorrection>[],
    stop: StopSignal,
  ): Promise<number> {
    let open = 0;
    let unanswered = 0;
    for (const held of claimed) {
      const given = stop.aborted || unanswered >= MOST_UNANSWERED;
      const outcome = given ? await this.later(tenant, held, 0) : await this.tryToLook(tenant, held);
      if (outcome !== 'settled') open += 1;
      if (outcome === 'unanswered') unanswered += 1;
    }
    return open;
  }

  private async tryToLook(
    tenant: TenantId,
    held: HeldCorrection<OpenCorrection>,
  ): Promise<'settled' | 'open' | 'unanswered'> {
    try {
      return (await this.look(tenant, held)) ? 'settled' : await this.later(tenant, held, 0);
    } catch (error) {
      // Another worker's by now, which looks for itself.
      if (error instanceof StaleLeaseError) return 'open';
      if (error instanceof KsefThrottledError) return this.later(tenant, held, error.retryAfterSeconds);
      const isAnswer = error instanceof KsefLoginError;
      if (!isAnswer && !(error instanceof KsefUnreachableError)) throw error;
      await this.later(tenant, held, 0);
      return isAnswer ? 'open' : 'unanswered';
    }
  }

  /** From 1 s to 10 minutes, growing with its age: others get their turn, and KSeF's limits their peace (C26). */
  private async later(
    tenant: TenantId,
    { correction, lease }: HeldCorrection<OpenCorrection>,
    atLeastSeconds: number,
  ): Promise<'open'> {
    const ageSeconds = secondsBetween(sinceOf(correction), this.steps.clock.now());
    const gap = Math.min(SLOWEST_LOOK_SECONDS, Math.max(FASTEST_LOOK_SECONDS, Math.round(ageSeconds / 10)));
    await this.steps.unitOfWork.inTenant(tenant, ({ corrections }) =>
      corrections.release(lease, Math.max(gap, atLeastSeconds)),
    );
    return 'open';
  }

  /** @returns whether it was settled, and the claim given back */
  private look(tenant: TenantId, { correction, lease }: HeldCorrection<OpenCorrection>): Promise<boolean> {
    const access: Access = { tenant, context: correction.context };
    switch (correction.state) {
      case 'sending':
        return this.findOut(access, { correction, lease });
      case 'resolving':
        return this.resolveLineage.execute(access, { correction, lease });
      case 'accepted':
      case 'complete':
        return this.prove(access, { correction, lease });
    }
  }

  private async findOut(access: Access, held: Sending): Promise<boolean> {
    const { session, hash, since } = held.correction;
    const row = await this.referredRow(access, held.correction);
    if (row !== undefined) return this.settle(access, held, row);
    const seen = await lookUpByHash(this.ports.reader, access, session, hash);
    if (seen.kind === 'found') return this.settle(access, held, seen.row);
    const now = this.steps.clock.now();
    if (seen.kind === 'absent' || (seen.status === undefined && isOver(since, now))) {
      const facts = { session, reason: 'the session ended without it' };
      await this.steps.store(access.tenant, held, sendCorrectionAgain(held.correction, now), 0, facts);
      return true;
    }
    // Whoever opened it has given its claim up, or has died: closed, it tells what it has.
    if (seen.status?.code === SESSION_OPEN) await this.ports.sessions.close(access, session);
    return false;
  }

  /** The row of the reference that KSeF gave, if it is that of the file that was sent. */
  private async referredRow(
    access: Access,
    { session, reference, hash }: SendingCorrection,
  ): Promise<SessionInvoice | undefined> {
    if (reference === undefined) return undefined;
    const row = await this.ports.reader.invoice(access, session, reference);
    return row !== undefined && sameHash(row.hash, hash) ? row : undefined;
  }

  /** KSeF's word on the file that was sent. */
  private async settle(access: Access, held: Sending, row: SessionInvoice): Promise<boolean> {
    const { tenant } = access;
    const { correction } = held;
    const { reaction, advice } = reactionTo(row.code);
    const refusal: KsefRefusal = { code: row.code, description: row.description, details: row.details, advice };
    switch (reaction) {
      case 'wait':
        return false;
      case 'accepted':
        await this.accept(access, held, row, ownFile(correction));
        return true;
      case 'resend':
        await this.retryOrStick(tenant, held, refusal);
        return true;
      case 'blocked':
        await this.steps.stuck(tenant, held, 'blocked', {
          ...refusal,
          advice: `${advice} Then resume the correction.`,
        });
        return true;
      case 'rejected':
        await this.steps.refused(tenant, held, 'refused', refusal);
        return true;
      case 'review':
        await this.steps.stuck(tenant, held, 'needs-review', refusal);
        return true;
      case 'duplicate':
        await this.settleDuplicate(access, held, row, refusal);
        return true;
    }
  }

  /** Status 440: a file of this lineage is ours, and delivered; other bytes are a conflict of numbers (reliability C34). */
  private async settleDuplicate(
    access: Access,
    held: Sending,
    row: SessionInvoice,
    refusal: KsefRefusal,
  ): Promise<void> {
    const number = row.originalKsefNumber;
    const original = number === undefined ? undefined : await this.ports.reader.hashOf(access, number);
    if (number === undefined || original === undefined) {
      const advice = `${refusal.advice} Its content could not be read: compare by hand, then resume or decline.`;
      return this.steps.stuck(access.tenant, held, 'needs-review', { ...refusal, advice });
    }
    const files = await this.steps.unitOfWork.inTenant(access.tenant, (stores) => filesOf(stores, held.correction));
    const file = files.find(({ hash }) => sameHash(hash, original));
    if (file === undefined) {
      const advice = `${refusal.advice} It has other content (${number}): a person must decide.`;
      return this.steps.refused(access.tenant, held, 'conflict', { ...refusal, advice });
    }
    const accepted = { ...row, ksefNumber: number };
    return this.accept(access, held, accepted, file, row.originalSession);
  }

  private async accept(
    { tenant }: Access,
    held: Sending,
    row: SessionInvoice,
    file: LineageFile,
    session = held.correction.session,
  ): Promise<void> {
    const acceptance = acceptanceIn(session, row);
    if (!acceptance.ok) return this.steps.stuck(tenant, held, 'needs-review', acceptance.error);
    const next = acceptCorrection(held.correction, acceptance.value, file.ordinal);
    await this.steps.accepted(tenant, held, next, file.ordinal === 1 ? undefined : file);
  }

  private async retryOrStick(tenant: TenantId, held: Sending, refusal: KsefRefusal): Promise<void> {
    const { attempts } = held.correction;
    if (attempts + 1 >= MOST_DELIVERY_ATTEMPTS) return this.steps.stuck(tenant, held, 'needs-review', refusal);
    const seconds = FIRST_RETRY_SECONDS * 2 ** attempts;
    const next = retryCorrection(held.correction, this.steps.clock.now().add({ seconds }));
    await this.steps.store(tenant, held, next, seconds, { ksefStatus: refusal.code });
  }

  private async prove(access: Access, held: HeldCorrection<AcceptedCorrection>): Promise<boolean> {
    const { unitOfWork, clock } = this.steps;
    const { invoiceId, acceptance } = held.correction;
    const stored = await unitOfWork.inTenant(access.tenant, ({ invoices }) => invoices.find(invoiceId));
    const invoice = stored?.invoice;
    if (invoice?.state === 'complete') {
      await this.steps.store(access.tenant, held, completeCorrection(held.correction), 86_400);
      return true;
    }
    if (invoice?.state !== 'accepted') return false;
    const upo = await fetchUpo(this.ports.reader, access, invoice);
    if (upo === undefined) {
      await this.closeWhereOpen(access, acceptance.session);
      return false;
    }
    await unitOfWork.inTenant(access.tenant, async (stores) => {
      const next = completeCorrection(held.correction);
      await completeWithUpo(stores, [{ invoice, upo }], clock.now());
      await stores.corrections.saveHeld(next, held.lease, 86_400);
      await stores.audit.append([this.steps.entry(next, { ksefNumber: acceptance.ksefNumber })]);
    });
    return true;
  }

  /** Only a closed session makes its UPO. */
  private async closeWhereOpen(access: Access, session: SendingCorrection['session']): Promise<void> {
    const status = await this.ports.reader.status(access, session);
    if (status?.code === SESSION_OPEN) await this.ports.sessions.close(access, session);
  }
}

const ownFile = ({ id, ordinal, hash }: SendingCorrection): LineageFile => ({ id, ordinal, hash, sessions: [] });

function sinceOf(correction: OpenCorrection): Instant {
  return correction.state === 'sending' ? correction.since : correction.approved.at;
}

const isOver = (since: Instant, now: Instant): boolean => secondsBetween(since, now) > LONGEST_SESSION_SECONDS;

const secondsBetween = (from: Instant, to: Instant): number => (to.epochMilliseconds - from.epochMilliseconds) / 1000;
