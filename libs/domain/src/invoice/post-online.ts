import type { AuditEntry } from '../audit/audit-trail.port.js';
import { ConcurrentUpdateError } from '../batch/batch-repository.port.js';
import { SignerUnavailableError } from '../certificate/offline-signer.port.js';
import { WHY_ONLINE } from '../legal-situation/mode-now.js';
import { afterFailedCall } from '../outage/connection.js';
import type { KsefCallRefusal } from '../session/interactive-session.port.js';
import { KsefLoginError, KsefThrottledError, type KsefAccess } from '../session/ksef-access.js';
import type { ResolvePosting } from '../session/resolve-posting.js';
import type { InvoiceReference } from '../session/session-reference.js';
import {
  mayHaveTakenIt,
  needsAnotherSession,
  type SharedSession,
  type SharedSessions,
} from '../session/shared-sessions.js';
import type { Attempt } from '../shared/attempt.js';
import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { Stopwatch } from '../shared/stopwatch.port.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import { kodI } from '../verification-code/kod-i.js';
import { abandon, beginPosting, locate } from './invoice-transitions.js';
import { postedEvent } from './issue-events.js';
import type { Candidate, Issued, IssueRefusal } from './issue-invoice.js';
import type { InSessionInvoice, Invoice, OnlineIssue, ReceivedInvoice } from './invoice.js';
import { IdempotencyRaceError, type SealOffline } from './seal-offline.js';
import { isNearEndOfDay, msUntilDayHasBegun, whyNotOnline } from './why-not-online.js';

type Outcome = Result<Issued, IssueRefusal>;
type NotDone = Exclude<Attempt<unknown, KsefCallRefusal>, { outcome: 'done' }>;
type Pending = ReceivedInvoice | InSessionInvoice;

/** Sessions that one invoice is offered to: its own may be full or closed, and the next one as well. */
const MOST_SESSIONS = 3;

export interface OnlineSettings {
  /** What one call waits for KSeF altogether, for a session as for finding out: then it is offline24, or in question. */
  readonly budgetMs: number;
  /** So long before the end of the Warsaw day codes and evidence are made before posting. */
  readonly endOfDaySeconds: number;
}

/**
 * Issues an invoice online: stores it, takes a session that it shares with others, stores the intent to post, posts.
 * When KSeF surely did not get it, it is issued as offline24 in the same call, if that was left open to us and there is
 * a certificate. An answer that did not come is asked for by reading (reliability R3); when that does not tell in time,
 * the invoice stays `in-session` and the worker finds out.
 */
export class PostOnline {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly clock: Clock;
      readonly stopwatch: Stopwatch;
      readonly environment: KsefEnvironment;
    },
    private readonly sessions: SharedSessions,
    private readonly resolvePosting: ResolvePosting,
    private readonly sealOffline: SealOffline,
    private readonly settings: OnlineSettings,
  ) {}

  async execute(candidate: Candidate): Promise<Outcome> {
    const { request, invoice, bytes } = candidate;
    const stored = await this.inTenant(candidate, async ({ invoices, idempotency, audit }) => {
      const added = await invoices.add(invoice, bytes);
      if (!added.ok) return added;
      const claimed = await idempotency.add({ ...request.claim, invoiceId: invoice.id });
      if (!claimed) throw new IdempotencyRaceError(request.claim.key);
      await audit.append([this.entry(candidate, 'invoice.received', { mode: 'online' })]);
      return added;
    });
    if (!stored.ok) return stored;
    try {
      return await this.deliver(candidate, this.ports.stopwatch.elapsedMs() + this.settings.budgetMs);
    } catch (error) {
      if (!(error instanceof ConcurrentUpdateError)) throw error;
      return this.asStored(candidate, error);
    }
  }

  private async deliver(candidate: Candidate, untilMs: number): Promise<Outcome> {
    let invoice: Pending = candidate.invoice;
    let why = 'no session took it';
    for (let offered = 0; offered < MOST_SESSIONS; offered++) {
      const acquired = await this.acquire(candidate, untilMs);
      if (acquired.outcome !== 'done') return this.withoutSession(candidate, invoice, acquired);
      const waitMs = msUntilDayHasBegun(this.ports.clock.now());
      if (waitMs > 0) await this.ports.stopwatch.pause(waitMs);
      // The day may have ended while KSeF let us in.
      const notOnline = whyNotOnline(invoice.facts, this.ports.clock.now());
      if (notOnline !== undefined) return this.fallBack(candidate, invoice, notOnline);
      const shared = acquired.value;
      const posting = await this.intend(candidate, invoice, shared);
      if (posting !== undefined) {
        invoice = posting;
        const offer = await this.offer(candidate, posting, shared, untilMs);
        if ('outcome' in offer) return offer.outcome;
        why = offer.why;
        if (!offer.again) break;
      }
      this.sessions.retire(shared);
    }
    return this.fallBack(candidate, invoice, why);
  }

  private async acquire(
    { request, invoice }: Candidate,
    untilMs: number,
  ): Promise<Attempt<SharedSession, KsefCallRefusal>> {
    const access: KsefAccess = { tenant: request.tenant, context: invoice.context };
    const leftMs = Math.max(0, untilMs - this.ports.stopwatch.elapsedMs());
    try {
      return await this.sessions.acquire(access, invoice.facts.formCode, leftMs);
    } catch (error) {
      if (error instanceof KsefLoginError || error instanceof KsefThrottledError) return refusedWith(error.message);
      throw error;
    }
  }

  /** Login and limits concern this context; a KSeF that does not answer concerns everybody, and is told at once. */
  private async withoutSession(candidate: Candidate, invoice: Pending, attempt: NotDone): Promise<Outcome> {
    if (attempt.outcome === 'unknown') await this.tellEverybody(candidate, attempt.cause);
    return this.fallBack(candidate, invoice, attempt.outcome === 'unknown' ? attempt.cause : attempt.error.description);
  }

  private async tellEverybody(candidate: Candidate, cause: string): Promise<void> {
    await this.inTenant(candidate, ({ connection }) =>
      connection.change((known) => afterFailedCall(known, cause, this.ports.clock.now())),
    );
  }

  /**
   * Stores that it is about to be posted into this session, with its codes where the day is about to end.
   * @returns the invoice as stored; `undefined` when nothing may be posted into the session any more
   */
  private async intend(
    candidate: Candidate,
    invoice: Pending,
    shared: SharedSession,
  ): Promise<InSessionInvoice | undefined> {
    const { reference } = shared.session;
    const { posting, xades } =
      invoice.state === 'received' ? await this.begin(candidate, invoice) : { posting: invoice };
    const located = locate(posting, reference);
    const stored = await this.inTenant(candidate, async (stores) => {
      if (!(await this.sessions.use(stores, shared))) return false;
      await stores.invoices.save(located);
      if (xades !== undefined) await stores.invoices.addEvidence(located.id, xades);
      const facts = { session: reference, ...(xades === undefined ? {} : { codes: 'prepared' }) };
      await stores.audit.append([this.entry(candidate, 'invoice.posting', facts)]);
      return true;
    });
    return stored ? { ...located, version: located.version + 1 } : undefined;
  }

  /** Near the end of the day with KOD II and evidence; without them where they cannot be made: KSeF is in reach. */
  private async begin(
    { request, offlineCertificate }: Candidate,
    invoice: ReceivedInvoice,
  ): Promise<{ readonly posting: InSessionInvoice; readonly xades?: Uint8Array }> {
    const { environment, clock } = this.ports;
    const { facts, hash } = invoice;
    const issuedAt = clock.now();
    const issue: OnlineIssue = {
      mode: 'online',
      evidence: { kind: 'own-choice', reason: WHY_ONLINE },
      issuedAt,
      kodI: kodI({ environment, sellerNip: facts.sellerNip, issueDate: facts.issueDate, hash }),
    };
    const posting = beginPosting(invoice, issue);
    const isLate = isNearEndOfDay(issuedAt, this.settings.endOfDaySeconds);
    if (offlineCertificate === undefined || !isLate) return { posting };
    try {
      const { codes, xades } = await this.sealOffline.prepare(request.tenant, offlineCertificate, invoice, issuedAt);
      return { posting: beginPosting(invoice, { ...issue, prepared: codes }), xades };
    } catch (error) {
      if (!(error instanceof SignerUnavailableError)) throw error;
      return { posting };
    }
  }

  /** @returns the answer; or, where KSeF surely did not get it, why, and whether another session may take it */
  private async offer(
    candidate: Candidate,
    posting: InSessionInvoice,
    shared: SharedSession,
    untilMs: number,
  ): Promise<{ readonly outcome: Outcome } | { readonly why: string; readonly again: boolean }> {
    const posted = await this.tryToPost(candidate, shared);
    if (posted.outcome === 'done') return { outcome: await this.confirm(candidate, posting, posted.value) };
    if (posted.outcome === 'failed' && !mayHaveTakenIt(posted.error)) {
      return { why: posted.error.description, again: needsAnotherSession(posted.error) };
    }
    const outcome = await this.findOut(candidate, posting, shared, untilMs, posted.outcome);
    if (outcome !== 'absent') return { outcome };
    return posted.outcome === 'failed'
      ? { why: posted.error.description, again: true }
      : { why: 'KSeF did not answer, and did not get it', again: false };
  }

  private async tryToPost(
    { invoice, bytes }: Candidate,
    shared: SharedSession,
  ): Promise<Attempt<InvoiceReference, KsefCallRefusal>> {
    try {
      return await this.sessions.post(shared, bytes, invoice.hash);
    } catch (error) {
      if (error instanceof KsefThrottledError) return refusedWith(error.message);
      throw error;
    }
  }

  private async findOut(
    candidate: Candidate,
    posting: InSessionInvoice,
    shared: SharedSession,
    untilMs: number,
    answer: 'failed' | 'unknown',
  ): Promise<Outcome | 'absent'> {
    const resolved = await this.resolvePosting.execute(shared, posting.hash, untilMs);
    switch (resolved.kind) {
      case 'posted':
        return this.confirm(candidate, posting, resolved.row.reference);
      case 'absent':
        return 'absent';
      case 'unreachable':
        // A refusal is an answer: KSeF is there, and only about this session does it not say more.
        if (answer === 'unknown') await this.tellEverybody(candidate, resolved.cause);
        return this.leave(candidate, posting, 'invoice.posting-unknown');
      case 'not-told':
        return this.leave(candidate, posting, 'invoice.posting-unknown');
    }
  }

  private confirm(candidate: Candidate, posting: InSessionInvoice, reference: InvoiceReference): Promise<Outcome> {
    const { session } = posting.delivery;
    if (session === undefined) throw new Error(`invoice ${posting.id} was posted without a session`);
    return this.leave(candidate, posting, 'invoice.posted', locate(posting, session, reference));
  }

  /** What KSeF makes of it is the worker's to find out. */
  private leave(
    candidate: Candidate,
    posting: InSessionInvoice,
    action: string,
    located?: InSessionInvoice,
  ): Promise<Outcome> {
    return this.inTenant(candidate, async ({ invoices, audit, jobs, outbox }) => {
      if (located !== undefined) {
        await invoices.save(located);
        await outbox.append([postedEvent(located, this.ports.clock.now())]);
      }
      const { session } = posting.delivery;
      await audit.append([this.entry(candidate, action, { session: session ?? null })]);
      await jobs.enqueue({ kind: 'track-interactive', tenant: candidate.request.tenant }, 1);
      return ok({ invoice: located ?? posting, replayed: false });
    });
  }

  /** KSeF surely does not have it: offline24 now, or nothing was issued at all. */
  private async fallBack(candidate: Candidate, invoice: Pending, why: string): Promise<Outcome> {
    const { request, offlineCertificate, situation } = candidate;
    if (request.mode === 'online')
      return this.giveUp(candidate, invoice, why, { code: 'KSEF_NOT_AVAILABLE', reason: why });
    const seal = await this.sealOffline.insteadOfOnline(request.tenant, offlineCertificate, invoice, situation, why);
    if (seal === undefined) return this.giveUp(candidate, invoice, why, candidate.noCertificate);
    return ok(
      await this.inTenant(candidate, (stores) => this.sealOffline.fallBack(stores, request, situation, invoice, seal)),
    );
  }

  private async giveUp(candidate: Candidate, invoice: Pending, why: string, refusal: IssueRefusal): Promise<Outcome> {
    await this.inTenant(candidate, async ({ invoices, idempotency, audit }) => {
      await invoices.save(abandon(invoice, why));
      await idempotency.remove(candidate.request.claim.key);
      await audit.append([this.entry(candidate, 'invoice.not-issued', { reason: why })]);
    });
    return err(refusal);
  }

  /** A worker found out first what became of it: its word stands. What it gave up was never issued, and its key is free. */
  private async asStored(candidate: Candidate, error: ConcurrentUpdateError): Promise<Outcome> {
    const stored = await this.inTenant(candidate, ({ invoices }) => invoices.find(candidate.invoice.id));
    if (stored === undefined || stored.invoice.state === 'received') throw error;
    const { invoice } = stored;
    if (invoice.state === 'not-issued' && invoice.refusal === undefined) {
      return err({ code: 'KSEF_NOT_AVAILABLE', reason: invoice.reason });
    }
    return ok({ ...stored, replayed: false });
  }

  private entry({ request, invoice }: Candidate, action: string, facts: AuditEntry['facts']): AuditEntry {
    const subject = { kind: 'invoice' as const, id: invoice.id satisfies Invoice['id'] as string };
    return { at: this.ports.clock.now(), actor: request.actor, action, subject, facts };
  }

  private inTenant<T>({ request }: Candidate, work: (stores: TenantStores) => Promise<T>): Promise<T> {
    return this.ports.unitOfWork.inTenant(request.tenant, work);
  }
}

/** No call that carries an invoice was made. */
function refusedWith(description: string): { readonly outcome: 'failed'; readonly error: KsefCallRefusal } {
  return { outcome: 'failed', error: { code: 'KSEF_REFUSED', httpStatus: 0, description } };
}
