import { MONDAY_11, TENANT, anIssuedInvoice } from '../../testing/builders.js';
import { CountingIds } from '../../testing/counting-ids.js';
import { CrashPoints } from '../../testing/crash-points.js';
import { FixedClock } from '../../testing/fixed-clock.js';
import { InMemoryDatabase } from '../../testing/in-memory-database.js';
import { JURISDICTION } from '../../testing/issuing-world.js';
import { plainDocument, type PlainDocument } from '../../testing/plain-document.js';
import { PlainDocuments } from '../../testing/plain-documents.js';
import { ScriptedKsef } from '../../testing/scripted-ksef.js';
import { sha256 } from '../../testing/sha256.js';
import { termOf } from '../../deadline/due-term.js';
import type { BatchId } from '../../batch/batch.js';
import * as moves from '../../invoice/invoice-transitions.js';
import type { Invoice, InvoiceId, IssuedInvoice, KsefRefusal } from '../../invoice/invoice.js';
import { situationOf } from '../../legal-situation/legal-situation.js';
import type { InteractiveSession, InteractiveSessions } from '../../session/interactive-session.port.js';
import type { Heartbeat } from '../../shared/heartbeat.port.js';
import { reactionTo } from '../../invoice/ksef-invoice-status.js';
import { CorrectTechnically } from '../correct-technically.js';
import { CorrectionSteps } from '../correction-steps.js';
import { DecideTechnicalCorrection } from '../decide-technical-correction.js';
import { ProposeTechnicalCorrection, type ProposalRequest } from '../propose-technical-correction.js';
import { ResolveLineage } from '../resolve-lineage.js';
import { SendTechnicalCorrections } from '../send-technical-corrections.js';
import type { CorrectionApprovalPolicy, TechnicalCorrection, TechnicalCorrectionId } from '../technical-correction.js';
import { TrackTechnicalCorrections } from '../track-technical-corrections.js';
import { plainComparison } from './plain-comparison.js';

/** Invoices that KSeF refused in a batch, and everything that technical corrections need. */
export class CorrectionWorld {
  readonly clock = new FixedClock(MONDAY_11);
  readonly database = new InMemoryDatabase(this.clock);
  readonly ksef = new ScriptedKsef(this.clock, new Map());
  readonly ids = new CountingIds();
  readonly decide = new DecideTechnicalCorrection(this.database, this.clock, this.ksef);
  #keys = 0;

  /** An invoice that was issued offline, sent in a batch, and finally refused with this code. */
  async refused(number: string, code = 450, overrides: Partial<IssuedInvoice> = {}): Promise<InvoiceId> {
    const bytes = plainDocument({ number, content: 'two chairs' });
    const issued = anIssuedInvoice(number, { hash: sha256(bytes), sizeBytes: bytes.length, ...overrides });
    this.ksef.verdicts.set(number, [code]);
    const session = await this.postBefore(bytes);
    await this.database.inTenant(TENANT, async ({ invoices, legal }) => {
      await invoices.add(issued, bytes);
      const term = termOf(issued, situationOf(await legal.read(), JURISDICTION));
      if (term !== undefined) await invoices.saveTerm(issued.id, term);
      const inSession = moves.enterSession(moves.planInto({ ...issued, version: 0 }, 'batch-1' as BatchId), session);
      const refusal = refusalWith(code);
      const ended = code === 440 ? moves.flagConflict(inSession, refusal) : endIn(code, inSession, refusal);
      await invoices.save(moves.planInto({ ...issued, version: 0 }, 'batch-1' as BatchId));
      await invoices.save({ ...inSession, version: 1 });
      await invoices.save({ ...ended, version: 2 });
    });
    await this.looked();
    return issued.id;
  }

  /** KSeF can be reached, and two looks have said so. */
  async looked(): Promise<void> {
    await this.database.connection.looked(true, this.clock.now());
    await this.database.connection.looked(true, this.clock.now());
  }

  /** Puts the document into an interactive session of its own, as an attempt before. */
  private async postBefore(bytes: Uint8Array) {
    const opened = await this.ksef.interactiveSessions.open(
      { tenant: TENANT, context: anIssuedInvoice().context },
      anIssuedInvoice().facts.formCode,
    );
    if (opened.outcome !== 'done') throw new Error('no session');
    await opened.value.post(bytes, sha256(bytes), true);
    await opened.value.close();
    return opened.value.reference;
  }

  proposer(policy: CorrectionApprovalPolicy = 'two-persons'): ProposeTechnicalCorrection {
    const { database: unitOfWork, clock, ids } = this;
    const hasher = { hash: sha256 };
    return new ProposeTechnicalCorrection(
      { unitOfWork, clock, ids, hasher, documents: new PlainDocuments(), comparison: plainComparison },
      policy,
    );
  }

  /** The same document, mended: white space behind its content. */
  request(
    invoiceId: InvoiceId,
    document: Partial<PlainDocument> = {},
    more: Partial<ProposalRequest> = {},
  ): ProposalRequest {
    const { number } = this.invoice(invoiceId).facts;
    const bytes = plainDocument({ number, content: 'two chairs ', ...document });
    this.#keys += 1;
    return {
      tenant: TENANT,
      actor: 'api-key:1',
      person: 'Ewa Nowak',
      claim: { key: `key-${String(this.#keys)}`, fingerprint: 'print' },
      invoiceId,
      document: { kind: 'xml', bytes },
      ...more,
    };
  }

  async proposed(invoiceId: InvoiceId, content = 'two chairs '): Promise<TechnicalCorrectionId> {
    const outcome = await this.proposer().execute(this.request(invoiceId, { content }));
    if (!outcome.ok) throw new Error(outcome.error.code);
    return outcome.value.correction.id;
  }

  approve(invoiceId: InvoiceId, correctionId: TechnicalCorrectionId, more: object = {}) {
    const by = { tenant: TENANT, invoiceId, correctionId, actor: 'api-key:2', person: 'Jan Kowal' };
    return this.decide.approve({ ...by, partialComparisonSeen: false, ...more });
  }

  /** Proposed by one person and approved by another. */
  async approved(invoiceId: InvoiceId, content = 'two chairs '): Promise<TechnicalCorrectionId> {
    const id = await this.proposed(invoiceId, content);
    const outcome = await this.approve(invoiceId, id);
    if (!outcome.ok) throw new Error(outcome.error.code);
    return id;
  }

  /** A worker that dies where `crash` says. */
  worker(crash = new CrashPoints(0)): CorrectTechnically {
    const steps = new CorrectionSteps(crash.around(this.database), this.clock, beatsOnce);
    const sessions = dying(crash, this.ksef.interactiveSessions);
    const reader = crash.around(this.ksef);
    return new CorrectTechnically(
      new SendTechnicalCorrections(steps, sessions, JURISDICTION),
      new TrackTechnicalCorrections(steps, { sessions, reader }, new ResolveLineage(steps, reader)),
    );
  }

  /** Works until nothing is open any more, as time goes by. */
  async work(rounds = 30): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      await this.worker().execute(TENANT);
      const waiting = this.database.corrections.stored.some(({ state }) =>
        ['approved', 'sending', 'resolving', 'accepted'].includes(state),
      );
      if (!waiting) return;
      this.clock.advance(200);
      await this.looked();
    }
  }

  invoice(id: InvoiceId): Invoice {
    const invoice = this.database.invoices.stored.find((candidate) => candidate.id === id);
    if (invoice === undefined) throw new Error(`no invoice ${id}`);
    return invoice;
  }

  correction(id: TechnicalCorrectionId): TechnicalCorrection {
    const correction = this.database.corrections.stored.find((candidate) => candidate.id === id);
    if (correction === undefined) throw new Error(`no correction ${id}`);
    return correction;
  }
}

const refusalWith = (code: number): KsefRefusal => ({
  code,
  description: `status ${String(code)}`,
  details: [],
  advice: reactionTo(code).advice,
});

function endIn(code: number, invoice: Parameters<typeof moves.reject>[0], refusal: KsefRefusal): Invoice {
  return reactionTo(code).reaction === 'blocked' ? moves.block(invoice, refusal) : moves.reject(invoice, refusal);
}

/** Sessions that may die around every call, also around those of the session they open. */
function dying(crash: CrashPoints, sessions: InteractiveSessions): InteractiveSessions {
  return {
    open: async (...args) => {
      crash.step();
      const attempt = await sessions.open(...args);
      crash.step();
      if (attempt.outcome !== 'done') return attempt;
      const { reference, validUntil } = attempt.value;
      const mortal = crash.around(attempt.value);
      const value: InteractiveSession = {
        reference,
        validUntil,
        post: (...posted) => mortal.post(...posted),
        close: () => mortal.close(),
        forget: () => undefined,
      };
      return { ...attempt, value };
    },
    close: async (...args) => {
      crash.step();
      await sessions.close(...args);
      crash.step();
    },
  };
}

/** Beats once before the work: a claim can be renewed at any moment without harm. */
const beatsOnce: Heartbeat = {
  during: async (_everySeconds, beat, work) => {
    await beat();
    return work();
  },
};
