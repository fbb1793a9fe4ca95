import { StaleLeaseError } from '../batch/batch-repository.port.js';
import { sameHash } from '../invoice/invoice-hash.js';
import type { KsefRefusal } from '../invoice/invoice.js';
import { reactionTo } from '../invoice/ksef-invoice-status.js';
import type { InteractiveSessions } from '../session/interactive-session.port.js';
import { KsefLoginError, KsefThrottledError, KsefUnreachableError, type KsefAccess } from '../session/ksef-access.js';
import { lookUpByHash, type LookUp } from '../session/look-up.js';
import { MISSING_ROW_SECONDS, NO_ANSWER_SECONDS } from '../session/review-reasons.js';
import { MOST_DELIVERY_ATTEMPTS } from '../session/reconcile-invoice.js';
import type { SessionInvoice, SessionReader } from '../session/session-reader.port.js';
import type { Instant } from '../shared/instant.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { CORRECTION_LEASE_SECONDS, type CorrectionSteps } from './correction-steps.js';
import type { LineageFile } from './lineage.js';
import { ProveTechnicalCorrections } from './prove-technical-corrections.js';
import type { ResolveLineage } from './resolve-lineage.js';
import type { HeldCorrection, OpenCorrection } from './technical-correction-repository.port.js';
import { beginResolvingCorrection, retryCorrection, sendCorrectionAgain } from './technical-correction-transitions.js';
import type { SendingCorrection } from './technical-correction.js';

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
  private readonly prove: ProveTechnicalCorrections;

  constructor(
    private readonly steps: CorrectionSteps,
    private readonly ports: { readonly sessions: InteractiveSessions; readonly reader: SessionReader },
    private readonly resolveLineage: ResolveLineage,
  ) {
    this.prove = new ProveTechnicalCorrections(steps, ports);
  }

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
        return this.prove.execute(access, { correction, lease });
    }
  }

  /** Without a last word for a day a person has to know (reliability I10); nothing is sent in its place meanwhile. */
  private async findOut(access: Access, held: Sending): Promise<boolean> {
    if (await this.tryToFindOut(access, held)) return true;
    const { since, session } = held.correction;
    if (secondsBetween(since, this.steps.clock.now()) < NO_ANSWER_SECONDS) return false;
    await this.steps.stuck(access.tenant, held, 'needs-review', noLastWord(session));
    return true;
  }

  private async tryToFindOut(access: Access, held: Sending): Promise<boolean> {
    const { session, hash, since } = held.correction;
    const row = await this.referredRow(access, held.correction);
    if (row !== undefined) return this.settle(access, held, row);
    const seen = await lookUpByHash(this.ports.reader, access, session, hash);
    if (seen.kind === 'found') return this.settle(access, held, seen.row);
    if (seen.kind === 'absent' && held.correction.reference === undefined) return this.sendAgain(access, held);
    if (this.tellsNoMore(seen, since)) return this.search(access, held);
    if (seen.kind === 'absent') return false;
    // Whoever opened it has given its claim up, or has died: closed, it tells what it has.
    if (seen.status?.code === SESSION_OPEN) await this.ports.sessions.close(access, session);
    return false;
  }

  /** A list that lacks what KSeF confirmed may be behind for a while; a session that is not known may be known later. */
  private tellsNoMore(seen: Exclude<LookUp, { kind: 'found' }>, since: Instant): boolean {
    const ageSeconds = secondsBetween(since, this.steps.clock.now());
    if (seen.kind === 'absent') return ageSeconds >= MISSING_ROW_SECONDS;
    return seen.status === undefined && ageSeconds > LONGEST_SESSION_SECONDS;
  }

  /**
   * The session does not tell: it is no longer known, or its list lacks what KSeF had confirmed (reliability C22, C33). By
   * hash and number KSeF says whether it has it; only when it surely does not, the same bytes go again (R3, R4).
   */
  private async search(access: Access, held: Sending): Promise<boolean> {
    const told = await this.resolveLineage.look(access, held, true);
    if (await this.resolveLineage.adopt(access, held, told)) return true;
    if (told.kind === 'numbered' || told.kind === 'open') return false;
    return this.sendAgain(access, held);
  }

  private async sendAgain({ tenant }: Access, held: Sending): Promise<true> {
    const { correction } = held;
    const facts = { session: correction.session, reason: 'the session ended without it' };
    await this.steps.store(tenant, held, sendCorrectionAgain(correction, this.steps.clock.now()), 0, facts);
    return true;
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
    const { reaction, advice } = reactionTo(row.code);
    const refusal: KsefRefusal = { code: row.code, description: row.description, details: row.details, advice };
    switch (reaction) {
      case 'wait':
        return false;
      case 'accepted':
        await this.accept(access, held, row);
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
        await this.settleDuplicate(access, held, refusal);
        return true;
    }
  }

  /**
   * Status 440: a file of this lineage is ours, and delivered; other bytes are a conflict of numbers (reliability C34). The
   * session that KSeF names may be a wrong one: what counts is the list that shows the file.
   */
  private async settleDuplicate(access: Access, held: Sending, refusal: KsefRefusal): Promise<void> {
    const told = await this.resolveLineage.look(access, held, false);
    if (await this.resolveLineage.adopt(access, held, told, refusal)) return;
    // Not found by now: looked up again some times, then a person's.
    const resolving = beginResolvingCorrection(held.correction, refusal);
    await this.steps.store(access.tenant, held, resolving, FASTEST_LOOK_SECONDS, { ksefStatus: refusal.code });
  }

  private async accept(access: Access, held: Sending, row: SessionInvoice): Promise<void> {
    const { id, ordinal, hash, session } = held.correction;
    const file: LineageFile = { id, ordinal, hash, sessions: [] };
    await this.resolveLineage.adopt(access, held, { kind: 'accepted', file, session, row });
  }

  private async retryOrStick(tenant: TenantId, held: Sending, refusal: KsefRefusal): Promise<void> {
    const { attempts } = held.correction;
    if (attempts + 1 >= MOST_DELIVERY_ATTEMPTS) return this.steps.stuck(tenant, held, 'needs-review', refusal);
    const seconds = FIRST_RETRY_SECONDS * 2 ** attempts;
    const next = retryCorrection(held.correction, this.steps.clock.now().add({ seconds }));
    await this.steps.store(tenant, held, next, seconds, { ksefStatus: refusal.code });
  }
}

const noLastWord = (session: SendingCorrection['session']): KsefRefusal => ({
  code: 0,
  description: `KSeF has said no last word for a day on the file that was sent in session ${session}.`,
  details: [],
  advice: 'Send nothing else in its place. Read it again; resume or decline it once KSeF surely does not have it.',
});

function sinceOf(correction: OpenCorrection): Instant {
  return correction.state === 'sending' ? correction.since : correction.approved.at;
}

const secondsBetween = (from: Instant, to: Instant): number => (to.epochMilliseconds - from.epochMilliseconds) / 1000;
