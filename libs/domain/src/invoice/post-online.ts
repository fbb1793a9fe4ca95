import { afterFailedCall } from '../outage/connection.js';
import type { InteractiveSession, InteractiveSessions, KsefCallRefusal } from '../session/interactive-session.port.js';
import { KsefLoginError, KsefThrottledError, type KsefAccess } from '../session/ksef-access.js';
import type { InvoiceReference } from '../session/session-reference.js';
import type { Attempt } from '../shared/attempt.js';
import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import { WHY_ONLINE } from '../legal-situation/mode-now.js';
import { kodI } from '../verification-code/kod-i.js';
import { abandon, beginPosting, locate } from './invoice-transitions.js';
import type { Candidate, Issued, IssueRefusal } from './issue-invoice.js';
import type { InSessionInvoice, Invoice, ReceivedInvoice } from './invoice.js';
import { whyNotOnline } from './why-not-online.js';
import { IdempotencyRaceError, type SealOffline } from './seal-offline.js';

type Outcome = Result<Issued, IssueRefusal>;
type NoSession = Exclude<Attempt<unknown, KsefCallRefusal>, { outcome: 'done' }>;

/**
 * Issues an invoice online: stores it, opens an interactive session, stores the intent to post, posts. When KSeF surely
 * did not get it, it is issued as offline24 in the same call, if that was left open to us and there is a certificate.
 * When it is not known whether KSeF has it, it stays `in-session` and the worker finds out (reliability R3).
 */
export class PostOnline {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly sessions: InteractiveSessions;
      readonly clock: Clock;
      readonly environment: KsefEnvironment;
    },
    private readonly sealOffline: SealOffline,
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
    const session = await this.open(candidate);
    if (session.outcome !== 'done') return this.withoutSession(candidate, session);
    try {
      // The day may have ended while KSeF let us in.
      const notOnline = whyNotOnline(invoice.facts, this.ports.clock.now());
      if (notOnline !== undefined) return await this.fallBack(candidate, invoice, notOnline);
      return await this.post(candidate, invoice, session.value);
    } finally {
      await session.value.close();
    }
  }

  /** Login and limits concern this context; a KSeF that does not answer concerns everybody, and is told at once. */
  private async withoutSession(candidate: Candidate, attempt: NoSession): Promise<Outcome> {
    if (attempt.outcome === 'unknown') {
      await this.inTenant(candidate, ({ connection }) =>
        connection.change((known) => afterFailedCall(known, attempt.cause, this.ports.clock.now())),
      );
    }
    return this.fallBack(candidate, candidate.invoice, whyNot(attempt));
  }

  private async open({ request, invoice }: Candidate): Promise<Attempt<InteractiveSession, KsefCallRefusal>> {
    const access: KsefAccess = { tenant: request.tenant, context: invoice.context };
    try {
      return await this.ports.sessions.open(access, invoice.facts.formCode);
    } catch (error) {
      if (error instanceof KsefLoginError || error instanceof KsefThrottledError) return refusedWith(error.message);
      throw error;
    }
  }

  private async post(candidate: Candidate, received: ReceivedInvoice, session: InteractiveSession): Promise<Outcome> {
    const posting = locate(beginPosting(received, this.onlineIssue(received)), session.reference);
    await this.inTenant(candidate, async ({ invoices, audit }) => {
      await invoices.save(posting);
      await audit.append([this.entry(candidate, 'invoice.posting', { session: session.reference })]);
    });
    const saved = { ...posting, version: posting.version + 1 };
    const posted = await this.tryToPost(candidate, session);
    if (posted.outcome === 'failed') return this.fallBack(candidate, saved, whyNot(posted));
    return this.inTenant(candidate, async ({ invoices, audit, jobs }) => {
      const sent = posted.outcome === 'done' ? locate(saved, session.reference, posted.value) : saved;
      if (posted.outcome === 'done') await invoices.save(sent);
      await audit.append([
        this.entry(candidate, posted.outcome === 'done' ? 'invoice.posted' : 'invoice.posting-unknown', {
          session: session.reference,
        }),
      ]);
      await jobs.enqueue({ kind: 'track-interactive', tenant: candidate.request.tenant }, 1);
      return ok({ invoice: sent, replayed: false });
    });
  }

  private async tryToPost(
    { invoice, bytes }: Candidate,
    session: InteractiveSession,
  ): Promise<Attempt<InvoiceReference, KsefCallRefusal>> {
    try {
      return await session.post(bytes, invoice.hash, false);
    } catch (error) {
      if (error instanceof KsefThrottledError) return refusedWith(error.message);
      throw error;
    }
  }

  /** KSeF surely does not have it: offline24 now, or nothing was issued at all. */
  private async fallBack(
    candidate: Candidate,
    invoice: ReceivedInvoice | InSessionInvoice,
    why: string,
  ): Promise<Outcome> {
    const { request, offlineCertificate, situation } = candidate;
    if (request.mode === 'online')
      return this.giveUp(candidate, invoice, why, { code: 'KSEF_NOT_AVAILABLE', reason: why });
    if (offlineCertificate === undefined) return this.giveUp(candidate, invoice, why, candidate.noCertificate);
    const decision = this.sealOffline.modeNow(invoice.facts, situation, `Online issue failed: ${why}`);
    const seal = await this.sealOffline.seal(request.tenant, offlineCertificate, invoice, decision);
    return ok(
      await this.inTenant(candidate, (stores) => this.sealOffline.fallBack(stores, request, situation, invoice, seal)),
    );
  }

  private async giveUp(
    candidate: Candidate,
    invoice: ReceivedInvoice | InSessionInvoice,
    why: string,
    refusal: IssueRefusal,
  ): Promise<Outcome> {
    await this.inTenant(candidate, async ({ invoices, idempotency, audit }) => {
      await invoices.save(abandon(invoice, why));
      await idempotency.remove(candidate.request.claim.key);
      await audit.append([this.entry(candidate, 'invoice.not-issued', { reason: why })]);
    });
    return err(refusal);
  }

  private onlineIssue({ facts, hash }: ReceivedInvoice) {
    const { environment, clock } = this.ports;
    return {
      mode: 'online' as const,
      evidence: { kind: 'own-choice' as const, reason: WHY_ONLINE },
      issuedAt: clock.now(),
      kodI: kodI({ environment, sellerNip: facts.sellerNip, issueDate: facts.issueDate, hash }),
    };
  }

  private entry({ request, invoice }: Candidate, action: string, facts: Readonly<Record<string, string>>) {
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

function whyNot(attempt: NoSession): string {
  return attempt.outcome === 'unknown' ? attempt.cause : attempt.error.description;
}
