import {
  DISPLAY_STATUS,
  hashToBase64,
  KOD_II_LABEL,
  kodILabel,
  type Deadline,
  type Instant,
  type Invoice,
  type Issue,
  type StoredInvoice,
} from '@latarnik/domain';
import { z } from 'zod';

const CodeView = z.object({ url: z.string(), label: z.string() });

const DeadlineView = z.object({
  kind: z.enum(['due', 'open', 'none']).describe('open: an announced outage has not ended; none: nothing is sent'),
  day: z.iso.date().nullable().describe('last day, Europe/Warsaw'),
  endsAt: z.iso.datetime().nullable(),
  targetAt: z.iso.datetime().nullable().describe('the earlier of the statutory end and house policies'),
  regime: z.string(),
  basis: z.string().describe('article of the VAT Act'),
  overdue: z.boolean().describe('not in KSeF, and the day has passed'),
  deliveredAt: z.iso.datetime().nullable().describe('when KSeF took it'),
  late: z.boolean().describe('delivered, or still waiting, after the day'),
  explanation: z.array(z.string()).describe('the steps that led to the day'),
});

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
  status: z.enum(['pending', 'signed', 'processing', 'sent', 'error']),
  state: z.string().describe('the finer state behind the status'),
  sha256: z.string().describe('of the exact bytes, Base64'),
  size: z.int(),
  codes: z.object({ invoice: CodeView.nullable(), certificate: CodeView.nullable() }),
  certificateSerial: z.string().nullable(),
  deadline: DeadlineView.nullable().describe('null for an online invoice'),
  ksefNumber: z.string().nullable(),
  acquisitionDate: z.iso.datetime().nullable().describe('when the number was assigned'),
  ksefInvoicingMode: z.enum(['online', 'offline']).nullable().describe('what KSeF calls it'),
  deliveryAttempts: z.int().describe('times that KSeF finally refused the same bytes for a reason outside the file'),
  batchId: z.uuid().nullable(),
  sessionReferenceNumber: z.string().nullable(),
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
export function invoiceView({ invoice, deadline }: StoredInvoice, nowMs: number): InvoiceView {
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
    ...issueView(invoice, issue),
    status: DISPLAY_STATUS[invoice.state],
    state: invoice.state,
    sha256: hashToBase64(invoice.hash),
    size: invoice.sizeBytes,
    deadline: deadline === undefined ? null : deadlineView(invoice, deadline, nowMs),
    ...deliveryView(invoice),
    deliveryAttempts: invoice.deliveryAttempts,
    error: errorView(invoice),
    receivedAt: invoice.receivedAt.toString(),
    links: linksOf(id, issue),
  };
}

function issueView(invoice: Invoice, issue: Issue | undefined) {
  if (issue === undefined) {
    const nothing = { mode: null, modeEvidence: null, certificateSerial: null, issuedAt: null };
    return { ...nothing, codes: { invoice: null, certificate: null } };
  }
  const number = 'acceptance' in invoice ? invoice.acceptance.ksefNumber : undefined;
  const offline = issue.mode === 'online' ? undefined : issue;
  return {
    mode: issue.mode,
    modeEvidence: { ...issue.evidence },
    certificateSerial: offline?.certificateSerial ?? null,
    issuedAt: issue.issuedAt.toString(),
    codes: {
      invoice: { url: issue.kodI, label: kodILabel(number) },
      certificate: offline === undefined ? null : { url: offline.kodII, label: KOD_II_LABEL },
    },
  };
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

function deadlineView(invoice: Invoice, deadline: Deadline, nowMs: number): z.infer<typeof DeadlineView> {
  const deliveredAt = 'acceptance' in invoice ? invoice.acceptance.invoicingDate : undefined;
  const { kind, regime, basis, explanation } = deadline;
  const late = deadline.kind === 'due' && isPast(deadline.endsAt, deliveredAt, nowMs);
  return {
    kind,
    ...dueView(deadline),
    regime,
    basis,
    overdue: late && deliveredAt === undefined,
    deliveredAt: deliveredAt?.toString() ?? null,
    late,
    explanation: [...explanation],
  };
}

/** Whether the end lies before the delivery, or before now while there was none. */
function isPast(endsAt: Instant, deliveredAt: Instant | undefined, nowMs: number): boolean {
  return (deliveredAt?.epochMilliseconds ?? nowMs) > endsAt.epochMilliseconds;
}

function dueView(deadline: Deadline) {
  if (deadline.kind !== 'due') return { day: null, endsAt: null, targetAt: null };
  const endsAt = deadline.endsAt.toString();
  return { day: deadline.day.toString(), endsAt, targetAt: endsAt };
}

function errorView(invoice: Invoice): InvoiceView['error'] {
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

function linksOf(id: string, issue: Issue | undefined): Record<string, string> {
  const self = `/v1/invoices/${id}`;
  const always = { self, xml: `${self}/xml`, timeline: `${self}/timeline`, upo: `${self}/upo` };
  if (issue === undefined) return always;
  const codes = { ...always, qrInvoice: `${self}/qr/invoice.png` };
  if (issue.mode === 'online') return codes;
  return { ...codes, qrCertificate: `${self}/qr/certificate.png`, evidence: `${self}/evidence` };
}
