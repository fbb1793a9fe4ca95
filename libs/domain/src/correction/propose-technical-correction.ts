import { warsawDay } from '../calendar/warsaw-time.js';
import type { Finding } from '../invoice/finding.js';
import type { Hasher } from '../invoice/hasher.port.js';
import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { InvoiceDocuments } from '../invoice/invoice-documents.port.js';
import type { InvoiceFacts } from '../invoice/invoice-facts.js';
import { sameHash, type InvoiceHash } from '../invoice/invoice-hash.js';
import type { InvoiceId } from '../invoice/invoice.js';
import type { IssueRequest } from '../invoice/issue-invoice.js';
import { IdempotencyRaceError } from '../invoice/seal-offline.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { correctable, type CorrectableInvoice, type CorrectionNotAllowed } from './correctable.js';
import type { DocumentComparison } from './document-comparison.port.js';
import { contentDifferences, type FieldComparison, type FieldDifference } from './field-comparison.js';
import type { CorrectionUnderWay } from './technical-correction-repository.port.js';
import {
  isLiveCorrection,
  type CorrectionApprovalPolicy,
  type ProposedCorrection,
  type TechnicalCorrection,
  type TechnicalCorrectionId,
} from './technical-correction.js';

export interface ProposalRequest {
  readonly tenant: TenantId;
  /** `api-key:…`. */
  readonly actor: string;
  readonly person: string;
  readonly reason?: string;
  /** Why a document may take the place of another one that KSeF holds under its number; needed after status 440 only. */
  readonly decision?: string;
  readonly claim: IdempotencyClaim;
  readonly invoiceId: InvoiceId;
  readonly document: IssueRequest['document'];
}

export type ProposalRefusal =
  | { readonly code: 'INVOICE_NOT_FOUND' }
  | CorrectionNotAllowed
  /** Another document is in KSeF under this number; a person has to say why this one may take its place. */
  | { readonly code: 'DECISION_MISSING'; readonly ksefStatus: number }
  | { readonly code: 'PERSON_MISSING' }
  | CorrectionUnderWay
  | { readonly code: 'DOCUMENT_INVALID'; readonly findings: readonly Finding[] }
  /** These very bytes are in the lineage already; KSeF would refuse them again. */
  | { readonly code: 'BYTES_UNCHANGED'; readonly ordinal: number }
  /** The business of the invoice would change: that takes a corrective invoice, not a technical correction. */
  | {
      readonly code: 'CONTENT_CHANGED';
      readonly differences: readonly FieldDifference[];
      readonly comparison: FieldComparison;
    }
  | { readonly code: 'IDEMPOTENCY_KEY_REUSED'; readonly invoiceId: InvoiceId }
  | { readonly code: 'REQUEST_IN_PROGRESS' };

export interface ProposedResult {
  readonly correction: TechnicalCorrection;
  /** The key was used before with this very request: nothing was done again. */
  readonly replayed: boolean;
}

type Outcome = Result<ProposedResult, ProposalRefusal>;

interface Found {
  readonly target: CorrectableInvoice;
  readonly lineage: readonly TechnicalCorrection[];
  readonly issued: Uint8Array;
}

/**
 * Stores a technical correction (korekta techniczna): new bytes for an offline invoice that KSeF refused for its file,
 * proven to have the same business content. Nothing leaves the house before a second person approves it.
 *
 * @see ksef-docs offline/korekta-techniczna.md; domain rules 1.8; reliability D1-D4
 */
export class ProposeTechnicalCorrection {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly documents: InvoiceDocuments;
      readonly comparison: DocumentComparison;
      readonly hasher: Hasher;
      readonly clock: Clock;
      readonly ids: IdSource;
    },
    private readonly policy: CorrectionApprovalPolicy,
  ) {}

  async execute(request: ProposalRequest): Promise<Outcome> {
    if (request.person.trim() === '') return err({ code: 'PERSON_MISSING' });
    const before = await this.inTenant(request, async (stores) => {
      const answered = await replay(stores, request);
      return answered === undefined ? { found: await find(stores, request) } : { answered };
    });
    if ('answered' in before) return before.answered;
    if (!before.found.ok) return before.found;
    const prepared = this.prepare(request, before.found.value);
    if (!prepared.ok) return prepared;
    try {
      return await this.store(request, prepared.value);
    } catch (error) {
      if (!(error instanceof IdempotencyRaceError)) throw error;
      return err({ code: 'REQUEST_IN_PROGRESS' });
    }
  }

  /** New file, same business content. */
  private prepare(
    request: ProposalRequest,
    { target, lineage, issued }: Found,
  ): Result<{ correction: ProposedCorrection; bytes: Uint8Array }, ProposalRefusal> {
    const { hasher, comparison, clock, ids } = this.ports;
    const read = this.readDocument(request);
    if (!read.ok) return read;
    const { bytes, facts } = read.value;
    const { invoice, ksefStatus } = target;
    const hash = hasher.hash(bytes);
    const known = knownAs(hash, invoice.hash, lineage);
    if (known !== undefined) return err({ code: 'BYTES_UNCHANGED', ordinal: known });
    const compared = comparison.compare(issued, invoice.facts, { bytes, facts });
    const differences = contentDifferences(compared);
    if (differences.length > 0) return err({ code: 'CONTENT_CHANGED', differences, comparison: compared });
    const { actor, person, reason, decision } = request;
    const correction: ProposedCorrection = {
      state: 'proposed',
      id: ids.next() as TechnicalCorrectionId,
      invoiceId: invoice.id,
      context: invoice.context,
      formCode: facts.formCode,
      ordinal: Math.max(1, ...lineage.map(({ ordinal }) => ordinal)) + 1,
      hash,
      sizeBytes: bytes.length,
      policy: this.policy,
      proposed: { person: person.trim(), actor, at: clock.now(), ...(reason === undefined ? {} : { reason }) },
      ground: { ksefStatus, ...(decision === undefined ? {} : { decision }) },
      comparison: compared,
      attempts: 0,
      sessions: [],
      version: 0,
    };
    return ok({ correction, bytes });
  }

  private readDocument({
    document,
  }: ProposalRequest): Result<{ facts: InvoiceFacts; bytes: Uint8Array }, ProposalRefusal> {
    const { documents, clock } = this.ports;
    const built = document.kind === 'xml' ? ok(document.bytes) : documents.build(document.model);
    if (!built.ok) return err({ code: 'DOCUMENT_INVALID', findings: built.error });
    const facts = documents.read(built.value, warsawDay(clock.now()));
    if (!facts.ok) return err({ code: 'DOCUMENT_INVALID', findings: facts.error });
    return ok({ facts: facts.value, bytes: built.value });
  }

  /** Asked again in the transaction that stores it: what was read may have changed meanwhile. */
  private store(
    request: ProposalRequest,
    { correction, bytes }: { readonly correction: ProposedCorrection; readonly bytes: Uint8Array },
  ): Promise<Outcome> {
    return this.inTenant(request, async (stores): Promise<Outcome> => {
      const answered = await replay(stores, request);
      if (answered !== undefined) return answered;
      const found = await find(stores, request);
      if (!found.ok) return found;
      const { corrections, idempotency, audit } = stores;
      if (!(await corrections.add(correction, bytes, request.claim.key))) {
        const live = (await corrections.of(correction.invoiceId)).find(isLiveCorrection);
        return live === undefined ? err({ code: 'REQUEST_IN_PROGRESS' }) : underWay(live);
      }
      const claimed = await idempotency.add({ ...request.claim, invoiceId: correction.invoiceId });
      if (!claimed) throw new IdempotencyRaceError(request.claim.key);
      const { id, ordinal, comparison, ground } = correction;
      await audit.append([
        {
          at: correction.proposed.at,
          actor: request.actor,
          action: 'technical-correction.proposed',
          subject: { kind: 'invoice', id: correction.invoiceId },
          facts: {
            correction: id,
            file: ordinal,
            person: correction.proposed.person,
            reason: correction.proposed.reason ?? null,
            decision: ground.decision ?? null,
            ksefStatus: ground.ksefStatus,
            comparison: comparison.scope,
            differences: comparison.differences.length + comparison.unlisted,
          },
        },
      ]);
      return ok({ correction, replayed: false });
    });
  }

  private inTenant<T>({ tenant }: ProposalRequest, work: (stores: TenantStores) => Promise<T>): Promise<T> {
    return this.ports.unitOfWork.inTenant(tenant, work);
  }
}

/** The answer to a key that was used before; `undefined` for a new one. */
async function replay(
  { idempotency, corrections }: TenantStores,
  { claim }: ProposalRequest,
): Promise<Outcome | undefined> {
  const record = await idempotency.find(claim.key);
  if (record === undefined) return undefined;
  const correction = await corrections.findByKey(claim.key);
  if (record.fingerprint !== claim.fingerprint || correction === undefined) {
    return err({ code: 'IDEMPOTENCY_KEY_REUSED', invoiceId: record.invoiceId });
  }
  return ok({ correction, replayed: true });
}

async function find(
  { invoices, corrections }: TenantStores,
  { invoiceId, decision }: ProposalRequest,
): Promise<Result<Found, ProposalRefusal>> {
  const stored = await invoices.find(invoiceId);
  if (stored === undefined) return err({ code: 'INVOICE_NOT_FOUND' });
  const lineage = await corrections.of(invoiceId);
  const live = lineage.find(isLiveCorrection);
  if (live !== undefined && live.state !== 'accepted') return underWay(live);
  const target = correctable(stored.invoice);
  if (!target.ok) return target;
  const { ground, ksefStatus } = target.value;
  if (ground === 'by-decision' && (decision ?? '').trim() === '') return err({ code: 'DECISION_MISSING', ksefStatus });
  const issued = await invoices.bytes(invoiceId);
  if (issued === undefined) throw new Error(`invoice ${invoiceId} has no bytes`);
  return ok({ target: target.value, lineage, issued });
}

/** The place of these bytes in the lineage. A proposal that nobody approved was never sent, and may come again. */
function knownAs(hash: InvoiceHash, issued: InvoiceHash, lineage: readonly TechnicalCorrection[]): number | undefined {
  if (sameHash(hash, issued)) return 1;
  return lineage.find((other) => sameHash(hash, other.hash) && 'approved' in other)?.ordinal;
}

const underWay = ({ id }: TechnicalCorrection): Result<never, CorrectionUnderWay> =>
  err({ code: 'CORRECTION_UNDER_WAY', correctionId: id });
