import type { AuditEntry } from '../audit/audit-trail.port.js';
import { stepsOf } from '../deadline/due-term.js';
import type { Hasher } from '../invoice/hasher.port.js';
import { hashToBase64 } from '../invoice/invoice-hash.js';
import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type { Invoice } from '../invoice/invoice.js';
import { DISPLAY_STATUS } from '../invoice/invoice.js';
import { offlineCodes } from '../invoice/offline-codes.js';
import type { StoredProof } from '../tracking/upo-documents.port.js';
import type { EvidenceEvent, EvidenceFile, EvidenceSummary } from './evidence-summary.js';

/** What is known of an invoice, as it was read. */
export interface KnownOfInvoice {
  readonly stored: StoredInvoice;
  /** The XAdES document over the file; absent where there is none. */
  readonly evidence: Uint8Array | undefined;
  readonly proof: StoredProof | undefined;
  readonly audit: readonly AuditEntry[];
}

/** Says what is known of an invoice to somebody who has to prove it. */
export function evidenceSummaryOf(known: KnownOfInvoice, hasher: Hasher): EvidenceSummary {
  const { stored, proof } = known;
  const { invoice } = stored;
  const { facts } = invoice;
  return {
    invoiceId: invoice.id,
    number: facts.number,
    sellerNip: facts.sellerNip,
    sellerName: facts.sellerName,
    issueDate: facts.issueDate.toString(),
    status: `${DISPLAY_STATUS[invoice.state]} (${invoice.state})`,
    ...(invoice.requestedMode === undefined ? {} : { requestedMode: invoice.requestedMode }),
    ...issueOf(invoice),
    ...deadlineOf(stored),
    ...deliveryOf(invoice),
    ...acceptanceOf(stored),
    ...refusalOf(invoice),
    links: linksOf(invoice),
    files: filesOf(known, hasher),
    ...(proof === undefined ? {} : { upoSignature: signatureOf(proof) }),
    events: known.audit.map(eventOf),
  };
}

function issueOf(invoice: Invoice): Pick<EvidenceSummary, 'issue'> {
  if (!('issue' in invoice)) return {};
  const { mode, evidence, issuedAt } = invoice.issue;
  const serial = offlineCodes(invoice)?.certificateSerial;
  const certificate = serial === undefined ? {} : { certificateSerial: serial };
  return { issue: { mode, issuedAt: issuedAt.toString(), basis: evidence, ...certificate } };
}

function deadlineOf({ invoice, term }: StoredInvoice): Pick<EvidenceSummary, 'deadline'> {
  if (term === undefined) return {};
  const { deadline, target } = term;
  const days = deadline.kind === 'due' ? { day: deadline.day.toString(), endsAt: deadline.endsAt.toString() } : {};
  const aim = target === undefined ? {} : { targetAt: target.at.toString() };
  const { kind, basis: legalBasis } = deadline;
  return { deadline: { kind, ...days, ...aim, legalBasis, steps: stepsOf(invoice, term) } };
}

function deliveryOf(invoice: Invoice): Pick<EvidenceSummary, 'delivery'> {
  if (!('delivery' in invoice)) return {};
  const { delivery } = invoice;
  const session = delivery.session === undefined ? {} : { session: delivery.session };
  const batch = delivery.channel === 'batch' ? { batchId: delivery.batchId } : {};
  return { delivery: { channel: delivery.channel, ...session, ...batch } };
}

function acceptanceOf({ invoice, term }: StoredInvoice): Pick<EvidenceSummary, 'acceptance'> {
  if (!('acceptance' in invoice)) return {};
  const { ksefNumber, invoicingDate, acquisitionDate, invoicingMode } = invoice.acceptance;
  const deadline = term?.deadline;
  return {
    acceptance: {
      ksefNumber,
      acceptedAt: invoicingDate.toString(),
      ...(acquisitionDate === undefined ? {} : { numberAssignedAt: acquisitionDate.toString() }),
      ...(invoicingMode === undefined ? {} : { invoicingMode }),
      ...(deadline?.kind === 'due'
        ? { late: invoicingDate.epochMilliseconds > deadline.endsAt.epochMilliseconds }
        : {}),
    },
  };
}

function refusalOf(invoice: Invoice): Pick<EvidenceSummary, 'refusal'> {
  const refusal = 'refusal' in invoice ? invoice.refusal : undefined;
  if (refusal === undefined) return {};
  const { code, description, details } = refusal;
  return { refusal: { code, description, details } };
}

function linksOf(invoice: Invoice): EvidenceSummary['links'] {
  if (!('issue' in invoice)) return [];
  const offline = offlineCodes(invoice);
  const kodI = { kind: 'KOD I' as const, link: invoice.issue.kodI };
  return offline === undefined ? [kodI] : [kodI, { kind: 'KOD II', link: offline.kodII }];
}

function filesOf({ stored: { invoice }, evidence, proof }: KnownOfInvoice, hasher: Hasher): readonly EvidenceFile[] {
  const digest = (kind: EvidenceFile['kind'], bytes: Uint8Array | undefined): readonly EvidenceFile[] =>
    bytes === undefined ? [] : [{ kind, sha256Base64: hashToBase64(hasher.hash(bytes)), sizeBytes: bytes.length }];
  const corrected = 'corrected' in invoice ? invoice.corrected : undefined;
  return [
    { kind: 'invoice', sha256Base64: hashToBase64(invoice.hash), sizeBytes: invoice.sizeBytes },
    ...(corrected === undefined
      ? []
      : [{ kind: 'delivered-file' as const, sha256Base64: hashToBase64(corrected.hash) }]),
    ...digest('evidence', evidence),
    ...digest(proof?.kind === 'page' ? 'upo-page' : 'upo', proof?.bytes),
  ];
}

export const signatureOf = ({ signature }: StoredProof): NonNullable<EvidenceSummary['upoSignature']> =>
  signature.verdict === 'valid' ? { verdict: 'valid', signer: signature.signer } : { verdict: 'not-checked' };

const eventOf = ({ at, action, actor, facts }: AuditEntry): EvidenceEvent => ({
  at: at.toString(),
  action,
  actor,
  facts: Object.entries(facts).map(([name, value]) => [name, String(value)] as const),
});
