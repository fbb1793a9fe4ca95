import { warsawDay } from '../calendar/warsaw-time.js';
import { usableFor, type Certificate, type OfflineCertificate } from '../certificate/certificate.js';
import type { StopOfIssuing } from '../correction/stop-of-issuing.js';
import { outagesTelling } from '../deadline/deadline.js';
import { situationOf, type Jurisdiction, type LegalSituation } from '../legal-situation/legal-situation.js';
import { modeNow, type ModeDecision } from '../legal-situation/mode-now.js';
import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { CorrectionHold } from '../sending/correction-hold.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantContext, TenantId } from '../tenant/tenant.js';
import type { Finding } from './finding.js';
import type { Hasher } from './hasher.port.js';
import type { IdempotencyClaim, IdempotencyRecord } from './idempotency.port.js';
import { selectContext, type ContextRefusal } from './select-context.js';
import type { InvoiceDocuments } from './invoice-documents.port.js';
import type { InvoiceFacts } from './invoice-facts.js';
import type { RequestedMode } from './issuing-mode.js';
import type { NumberTaken, StoredInvoice } from './invoice-repository.port.js';
import { abandon } from './invoice-transitions.js';
import { lookAround, type Surroundings } from './look-around.js';
import { whyNotOnline } from './why-not-online.js';
import type { InvoiceId, ReceivedInvoice } from './invoice.js';
import type { PostOnline } from './post-online.js';
import { IdempotencyRaceError, type SealOffline } from './seal-offline.js';

export interface IssueRequest {
  readonly tenant: TenantId;
  /** For the audit trail, such as `api-key:…`. */
  readonly actor: string;
  readonly claim: IdempotencyClaim;
  readonly document:
    { readonly kind: 'xml'; readonly bytes: Uint8Array } | { readonly kind: 'json'; readonly model: unknown };
  readonly mode: RequestedMode;
  /** Issue a correction before its original has a KSeF number, or without quoting it, although that is refused. */
  readonly correctionAnyway?: boolean;
  /** Needed when the document alone does not tell in whose name to log in. */
  readonly context?: ContextIdentifier;
  /** The seller, who is not of that context, entrusted it with issuing. */
  readonly entrusted?: boolean;
  /** The only contexts that the caller may use; the others of the tenant are not there for them. */
  readonly onlyContexts?: readonly ContextIdentifier[];
}

export type IssueRefusal =
  | { readonly code: 'DOCUMENT_INVALID'; readonly findings: readonly Finding[] }
  | ContextRefusal
  | NoOfflineCertificate
  | NumberTaken
  /** A correction whose clock would start before it can be sent, or whose file will not do (domain rules 1.7; ADR 0021). */
  | { readonly code: 'CORRECTION_TOO_EARLY'; readonly hold: CorrectionHold }
  /** KSeF refuses files of this schema in masses: nothing more is issued with it for now (reliability D8). */
  | { readonly code: 'SCHEMA_REFUSED_IN_MASSES'; readonly stop: StopOfIssuing }
  /** The same key with another request. */
  | { readonly code: 'IDEMPOTENCY_KEY_REUSED'; readonly invoiceId: InvoiceId }
  /** The first request with this key is still running. */
  | { readonly code: 'REQUEST_IN_PROGRESS' }
  /** `online` was asked for and this document cannot be issued online; nothing was issued. */
  | { readonly code: 'NOT_ISSUABLE_ONLINE'; readonly reason: string }
  /** `online` was asked for and is not to be had; nothing was issued. */
  | { readonly code: 'KSEF_NOT_AVAILABLE'; readonly reason: string };

/** Offline issue needs a certificate of type Offline to sign KOD II; nothing was issued. */
export interface NoOfflineCertificate {
  readonly code: 'NO_OFFLINE_CERTIFICATE';
  readonly context: string;
  /** What the context has instead, for a person. */
  readonly present: readonly { readonly serial: string; readonly purpose: string; readonly notAfter: string }[];
}

export interface Issued extends StoredInvoice {
  /** The key was used before with this very request: nothing was done again. */
  readonly replayed: boolean;
}

/** A document that passed, with what it is issued under. */
export interface Candidate {
  readonly request: IssueRequest;
  readonly invoice: ReceivedInvoice;
  readonly bytes: Uint8Array;
  readonly offlineCertificate: OfflineCertificate | undefined;
  readonly noCertificate: NoOfflineCertificate;
  readonly situation: LegalSituation;
}

/** A first request that has sent nothing for so long has died: its repeat starts anew. */
const IN_PROGRESS_SECONDS = 60;

/**
 * Issues an invoice in one call, whatever the state of KSeF (docs/issuance-cycle.md). Validates, decides the mode, and
 * either seals it offline in one transaction or stores it, posts it online and falls back to offline24 when KSeF surely
 * did not get it.
 */
export class IssueInvoice {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly documents: InvoiceDocuments;
      readonly hasher: Hasher;
      readonly clock: Clock;
      readonly ids: IdSource;
      readonly jurisdiction: Jurisdiction;
    },
    private readonly sealOffline: SealOffline,
    private readonly postOnline: PostOnline,
  ) {}

  async execute(request: IssueRequest): Promise<Result<Issued, IssueRefusal>> {
    const { unitOfWork } = this.ports;
    const document = this.readDocument(request);
    const prepared = await unitOfWork.inTenant(request.tenant, async (stores) => {
      const known = () => stores.idempotency.find(request.claim.key);
      if (!document.ok) {
        const before = await this.replay(stores, request, await known());
        return before === undefined ? document : { before };
      }
      const look = () => lookAround(stores, document.value.facts, this.ports.clock.now());
      const [record, seen] = await Promise.all([known(), look()]);
      const before = await this.replay(stores, request, record);
      if (before !== undefined) return { before };
      // What ended just now may have freed the number that was seen taken.
      return this.prepare(record === undefined ? seen : await look(), request, document.value);
    });
    if ('before' in prepared) return prepared.before;
    const issued = prepared.ok ? await this.issue(prepared.value.candidate, prepared.value.decision) : prepared;
    if (issued.ok || issued.error.code !== 'INVOICE_NUMBER_TAKEN') return issued;
    const raced = await unitOfWork.inTenant(request.tenant, async (stores) =>
      this.replay(stores, request, await stores.idempotency.find(request.claim.key)),
    );
    return raced ?? issued;
  }

  private async issue(candidate: Candidate, decision: ModeDecision): Promise<Result<Issued, IssueRefusal>> {
    try {
      return decision.mode === 'online'
        ? await this.postOnline.execute(candidate)
        : await this.sealOffline.execute(
            candidate,
            this.sealOffline.modeNow(
              candidate.invoice.facts,
              candidate.situation,
              choiceOf(decision),
              candidate.request.mode,
            ),
          );
    } catch (error) {
      if (!(error instanceof IdempotencyRaceError)) throw error;
      return err({ code: 'REQUEST_IN_PROGRESS' });
    }
  }

  /** The answer to a key that was used before; `undefined` for a new one. */
  private async replay(
    { idempotency, invoices, audit }: TenantStores,
    { claim, actor }: IssueRequest,
    record: IdempotencyRecord | undefined,
  ): Promise<Result<Issued, IssueRefusal> | undefined> {
    if (record === undefined) return undefined;
    if (record.fingerprint !== claim.fingerprint) {
      return err({ code: 'IDEMPOTENCY_KEY_REUSED', invoiceId: record.invoiceId });
    }
    const stored = await invoices.find(record.invoiceId);
    if (stored === undefined) throw new Error(`idempotency key without its invoice ${record.invoiceId}`);
    const { invoice } = stored;
    // Also one that KSeF refused after it was posted: its first answer was 201, and nothing is issued anew behind it.
    if (invoice.state !== 'received') return ok({ ...stored, replayed: true });
    const ageMs = this.ports.clock.now().epochMilliseconds - invoice.receivedAt.epochMilliseconds;
    if (ageMs < IN_PROGRESS_SECONDS * 1000) return err({ code: 'REQUEST_IN_PROGRESS' });
    const reason = 'The first request with this key ended before anything was sent.';
    await invoices.save(abandon(invoice, reason));
    const subject = { kind: 'invoice' as const, id: invoice.id };
    await audit.append([
      { at: this.ports.clock.now(), actor, action: 'invoice.not-issued', subject, facts: { reason } },
    ]);
    await idempotency.remove(claim.key);
    return undefined;
  }

  private readDocument({ document }: IssueRequest): Result<{ facts: InvoiceFacts; bytes: Uint8Array }, IssueRefusal> {
    const { documents, clock } = this.ports;
    const built = document.kind === 'xml' ? ok(document.bytes) : documents.build(document.model);
    if (!built.ok) return err({ code: 'DOCUMENT_INVALID', findings: built.error });
    const facts = documents.read(built.value, warsawDay(clock.now()));
    if (!facts.ok) return err({ code: 'DOCUMENT_INVALID', findings: facts.error });
    return ok({ facts: facts.value, bytes: built.value });
  }

  private prepare(
    seen: Surroundings,
    request: IssueRequest,
    { facts, bytes }: { readonly facts: InvoiceFacts; readonly bytes: Uint8Array },
  ): Result<{ candidate: Candidate; decision: ModeDecision }, IssueRefusal> {
    const context = contextOf(seen.contexts, facts, request);
    if (!context.ok) return context;
    if (seen.first !== undefined) return err({ code: 'INVOICE_NUMBER_TAKEN', invoiceId: seen.first.id });
    if (seen.stop !== undefined) return err({ code: 'SCHEMA_REFUSED_IN_MASSES', stop: seen.stop });
    const { hold } = seen;
    if (hold !== undefined && request.correctionAnyway !== true) return err({ code: 'CORRECTION_TOO_EARLY', hold });
    const now = this.ports.clock.now();
    const situation = situationOf(seen.records, this.ports.jurisdiction);
    const { outages, law } = situation;
    const telling = outagesTelling({ issueDate: facts.issueDate, issuedAt: now }, outages, law.calendar, law.rules);
    const decision = decide(
      request.mode,
      modeNow(now, telling, seen.connection, law.rules),
      whyNotOnline(facts, now) ?? (hold?.code === 'ORIGINAL_WITHOUT_NUMBER' ? WAITS_FOR_ORIGINAL : undefined),
    );
    if (!decision.ok) return decision;
    const invoice: ReceivedInvoice = {
      id: this.ports.ids.next() as InvoiceId,
      context: context.value,
      facts,
      hash: this.ports.hasher.hash(bytes),
      sizeBytes: bytes.length,
      receivedAt: now,
      deliveryAttempts: 0,
      requestedMode: request.mode,
      version: 0,
      state: 'received',
    };
    const certificates = certificatesOf(seen.certificates, context.value, now);
    return ok({ candidate: { request, invoice, bytes, situation, ...certificates }, decision: decision.value });
  }
}

const WAITS_FOR_ORIGINAL = 'It corrects an invoice without a KSeF number, and is sent after it';

/** What is asked for, held against what the circumstances and the document give. */
function decide(
  requested: RequestedMode,
  now: ModeDecision,
  notOnline: string | undefined,
): Result<ModeDecision, IssueRefusal> {
  if (requested === 'online' && notOnline !== undefined) {
    return err({ code: 'NOT_ISSUABLE_ONLINE', reason: `${notOnline}.` });
  }
  if (requested === 'online' && now.mode !== 'online') return err({ code: 'KSEF_NOT_AVAILABLE', reason: now.reason });
  if (requested === 'auto' && now.mode === 'online' && notOnline !== undefined) {
    const reason = `${notOnline}.`;
    return ok({ mode: 'offline24', evidence: { kind: 'own-choice', reason }, reason });
  }
  if (requested === 'offline24' && now.mode === 'online') {
    const reason = 'The issuer chose offline24.';
    return ok({ mode: 'offline24', evidence: { kind: 'own-choice', reason }, reason });
  }
  return ok(now);
}

const choiceOf = ({ evidence, reason }: ModeDecision): string =>
  evidence.kind === 'own-choice' ? evidence.reason : reason;

function certificatesOf(all: readonly Certificate[], context: ContextIdentifier, now: ReceivedInvoice['receivedAt']) {
  const own = all.filter(
    (certificate) => certificate.retiredAt === undefined && sameContext(certificate.context, context),
  );
  const noCertificate: NoOfflineCertificate = {
    code: 'NO_OFFLINE_CERTIFICATE',
    context: contextLabel(context),
    present: own.map(({ serial, purpose, notAfter }) => ({ serial, purpose, notAfter: notAfter.toString() })),
  };
  return { offlineCertificate: usableFor(all, 'offline', context, now), noCertificate };
}

/** What the caller may use counts; who is limited to contexts takes nobody's word for another seller. */
function contextOf(own: readonly TenantContext[], facts: InvoiceFacts, request: IssueRequest) {
  const { onlyContexts, entrusted = false, context } = request;
  if (onlyContexts === undefined) return selectContext(facts, own, context, entrusted);
  const permitted = own.filter(({ identifier }) => onlyContexts.some((only) => sameContext(only, identifier)));
  return selectContext(facts, permitted, context);
}
