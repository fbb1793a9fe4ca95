import {
  describeHold,
  DISPLAY_STATUS,
  hashToBase64,
  KOD_II_LABEL,
  kodILabel,
  offlineCodes,
  stepsOf,
  type DueTerm,
  type Instant,
  type Invoice,
  type Issue,
  type StoredInvoice,
} from '@latarnik/domain';
import { z } from 'zod';
import { explanationOfInvoice } from './invoice-explanation.js';

const CodeView = z.object({ url: z.string(), label: z.string() });

const DeadlineView = z.object({
  kind: z.enum(['due', 'open', 'none']).describe('open: an announced outage has not ended; none: nothing is sent'),
  day: z.iso.date().nullable().describe('last day, Europe/Warsaw'),
  endsAt: z.iso.datetime().nullable(),
  targetAt: z.iso.datetime().nullable().describe('what the house aims at; never after the statutory end'),
  regime: z.string(),
  basis: z.string().describe('article of the VAT Act'),
  overdue: z.boolean().describe('not in KSeF, and the day has passed'),
  deliveredAt: z.iso.datetime().nullable().describe('when KSeF took it'),
  late: z.boolean().describe('delivered, or still waiting, after the day'),
  explanation: z.array(z.string()).describe('the steps that led to the day, and to the target'),
});

type InvoiceDeadline = z.infer<typeof DeadlineView>;

export const InvoiceView = z.object({
  id: z.uuid(),
  number: z.string().describe('P_2'),
  kind: z.string().describe('RodzajFaktury'),
  sellerNip: z.string(),
  issueDate: z.iso.date().describe('P_1'),
  currency: z.string(),
  grossAmount: z.string().describe('P_15, decimal text'),
  context: z.object({ type: z.string(), value: z.string() }),
  mode: z.enum(['online', 'offline24', 'unavailability', 'emergency', 'total-failure']).nullable(),
  modeEvidence: z.record(z.string(), z.unknown()).nullable(),
  requestedMode: z.enum(['auto', 'online', 'offline24']).nullable().describe('what the issuer asked for'),
  status: z.enum(['pending', 'signed', 'processing', 'sent', 'error']),
  state: z.string().describe('the finer state behind the status'),
  sha256: z.string().describe('of the exact bytes, Base64'),
  size: z.int(),
  codes: z
    .object({ invoice: CodeView.nullable(), certificate: CodeView.nullable() })
    .describe('none on a document of a total failure'),
  certificateSerial: z.string().nullable(),
  deadline: DeadlineView.nullable().describe('null for an online invoice that KSeF took as one'),
  explanation: z.array(z.string()).describe('why this mode, and why this deadline or none'),
  ksefNumber: z.string().nullable(),
  acquisitionDate: z.iso.datetime().nullable().describe('when the number was assigned'),
  ksefInvoicingMode: z.enum(['online', 'offline']).nullable().describe('what KSeF calls it'),
  deliveryAttempts: z.int().describe('times that KSeF finally refused the same bytes for a reason outside the file'),
  waitsFor: z
    .object({
      code: z.enum(['ORIGINAL_WITHOUT_NUMBER', 'ORIGINAL_HAS_NUMBER']),
      invoiceId: z.uuid().describe('the original'),
      detail: z.string(),
    })
    .nullable()
    .describe('what holds a correction back: the number of its original, or the word of a person'),
  batchId: z.uuid().nullable(),
  sessionReferenceNumber: z.string().nullable(),
  technicalCorrection: z
    .object({
      id: z.uuid(),
      deliveredSha256: z.string().nullable().describe('SHA-256 of the file that KSeF holds in place of the issued one'),
    })
    .nullable()
    .describe('the technical correction that is on its way, or that brought it in'),
  error: z
    .object({
      ksefStatus: z.int().nullable(),
      description: z.string(),
      details: z.array(z.string()),
      advice: z.string(),
    })
    .nullable(),
  issuedAt: z.iso.datetime().nullable(),
  receivedAt: z.iso.datetime(),
  links: z.record(z.string(), z.string()),
});
export type InvoiceView = z.infer<typeof InvoiceView>;

/** What the API says of an invoice. */
export function invoiceView(stored: StoredInvoice, nowMs: number): InvoiceView {
  const { invoice, term } = stored;
  const { id, facts } = invoice;
  const issue = 'issue' in invoice ? invoice.issue : undefined;
  return {
    id,
    number: facts.number,
    kind: facts.kind,
    sellerNip: facts.sellerNip,
    issueDate: facts.issueDate.toString(),
    currency: facts.currency,
    grossAmount: facts.grossAmount,
    context: { type: invoice.context.type, value: invoice.context.value },
    ...issueView(stored, issue),
    requestedMode: invoice.requestedMode ?? null,
    status: DISPLAY_STATUS[invoice.state],
    state: invoice.state,
    sha256: hashToBase64(invoice.hash),
    size: invoice.sizeBytes,
    deadline: term === undefined ? null : deadlineView(invoice, term, nowMs),
    explanation: [...explanationOfInvoice(stored)],
    ...deliveryView(invoice),
    deliveryAttempts: invoice.deliveryAttempts,
    waitsFor: holdView(stored),
    technicalCorrection: correctionOf(invoice),
    error: errorView(invoice),
    receivedAt: invoice.receivedAt.toString(),
    links: linksOf(stored, issue),
  };
}

function holdView({ hold }: StoredInvoice): InvoiceView['waitsFor'] {
  return hold === undefined ? null : { code: hold.code, invoiceId: hold.originalId, detail: describeHold(hold) };
}

function issueView(stored: StoredInvoice, issue: Issue | undefined) {
  if (issue === undefined) {
    const nothing = { mode: null, modeEvidence: null, certificateSerial: null, issuedAt: null };
    return { ...nothing, codes: { invoice: null, certificate: null } };
  }
  return {
    mode: issue.mode,
    modeEvidence: { ...issue.evidence },
    certificateSerial: offlineCodes(stored.invoice)?.certificateSerial ?? null,
    issuedAt: issue.issuedAt.toString(),
    codes: { invoice: codeOf(stored, 'invoice') ?? null, certificate: codeOf(stored, 'certificate') ?? null },
  };
}

/** A code of an invoice with its label; `undefined` where it has none. */
export function codeOf(stored: StoredInvoice, which: 'invoice' | 'certificate'): z.infer<typeof CodeView> | undefined {
  const { invoice } = stored;
  if (!('issue' in invoice) || carriesNoCodes(stored)) return undefined;
  const { issue } = invoice;
  if (which === 'invoice') {
    const number = 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;
    return { url: issue.kodI, label: kodILabel(number) };
  }
  const codes = offlineCodes(invoice);
  return codes === undefined ? undefined : { url: codes.kodII, label: KOD_II_LABEL };
}

/**
 * A document of a total failure (domain rules 1.6, art. 106ng). Should the announcement be taken back, the invoice has to
 * be sent after all, and with that duty come its codes.
 */
export function carriesNoCodes({ invoice, term }: StoredInvoice): boolean {
  if (!('issue' in invoice) || invoice.issue.mode !== 'total-failure' || 'acceptance' in invoice) return false;
  return term === undefined || term.deadline.kind === 'none';
}

function deliveryView(invoice: Invoice) {
  return { ...acceptanceView(invoice), ...attemptView(invoice) };
}

function acceptanceView(invoice: Invoice) {
  if (!('acceptance' in invoice)) return { ksefNumber: null, acquisitionDate: null, ksefInvoicingMode: null };
  const { ksefNumber, acquisitionDate, invoicingMode } = invoice.acceptance;
  return {
    ksefNumber,
    acquisitionDate: acquisitionDate?.toString() ?? null,
    ksefInvoicingMode: invoicingMode ?? null,
  };
}

function attemptView(invoice: Invoice) {
  if (!('delivery' in invoice)) return { batchId: null, sessionReferenceNumber: null };
  const { delivery } = invoice;
  const batchId = delivery.channel === 'batch' ? delivery.batchId : null;
  return { batchId, sessionReferenceNumber: delivery.session ?? null };
}

function deadlineView(invoice: Invoice, term: DueTerm, nowMs: number): InvoiceDeadline {
  const { deadline } = term;
  const deliveredAt = 'acceptance' in invoice ? invoice.acceptance.invoicingDate : undefined;
  const { kind, regime, basis } = deadline;
  const late = deadline.kind === 'due' && isPast(deadline.endsAt, deliveredAt, nowMs);
  return {
    kind,
    ...momentsOf(term),
    regime,
    basis,
    overdue: late && deliveredAt === undefined,
    deliveredAt: deliveredAt?.toString() ?? null,
    late,
    explanation: [...stepsOf(invoice, term)],
  };
}

/** Whether the end lies before the delivery, or before now while there was none. */
function isPast(endsAt: Instant, deliveredAt: Instant | undefined, nowMs: number): boolean {
  return (deliveredAt?.epochMilliseconds ?? nowMs) > endsAt.epochMilliseconds;
}

/** The day, its end and the target of a term. */
export function momentsOf({ deadline, target }: DueTerm): Pick<InvoiceDeadline, 'day' | 'endsAt' | 'targetAt'> {
  const targetAt = target?.at.toString() ?? null;
  if (deadline.kind !== 'due') return { day: null, endsAt: null, targetAt };
  const endsAt = deadline.endsAt.toString();
  return { day: deadline.day.toString(), endsAt, targetAt: targetAt ?? endsAt };
}

/** The technical correction that is on its way, or that brought the invoice in. */
function correctionOf(invoice: Invoice): InvoiceView['technicalCorrection'] {
  if (invoice.state === 'correcting') return { id: invoice.correctionId, deliveredSha256: null };
  const corrected = 'corrected' in invoice ? invoice.corrected : undefined;
  return corrected === undefined ? null : { id: corrected.correctionId, deliveredSha256: hashToBase64(corrected.hash) };
}

function errorView(invoice: Invoice): InvoiceView['error'] {
  if (invoice.state === 'correcting') return null;
  if ('refusal' in invoice) {
    const { code, description, details, advice } = invoice.refusal;
    return { ksefStatus: code === 0 ? null : code, description, details: [...details], advice };
  }
  if (invoice.state !== 'not-issued') return null;
  return {
    ksefStatus: null,
    description: invoice.reason,
    details: [],
    advice: 'Nothing was issued; the number is free.',
  };
}

function linksOf(stored: StoredInvoice, issue: Issue | undefined): Record<string, string> {
  const self = `/v1/invoices/${stored.invoice.id}`;
  const parts = { xml: `${self}/xml`, timeline: `${self}/timeline`, upo: `${self}/upo`, deadline: `${self}/deadline` };
  const readable = { preview: `${self}/preview`, pdf: `${self}/pdf` };
  const always = { self, ...parts, ...readable };
  if (issue === undefined) return always;
  const isOffline = offlineCodes(stored.invoice) !== undefined;
  const files = { evidence: `${self}/evidence`, technicalCorrections: `${self}/technical-corrections` };
  const withEvidence = isOffline ? { ...always, ...files } : always;
  if (carriesNoCodes(stored)) return withEvidence;
  const withCode = { ...withEvidence, qrInvoice: `${self}/qr/invoice.png` };
  return isOffline ? { ...withCode, qrCertificate: `${self}/qr/certificate.png` } : withCode;
}
