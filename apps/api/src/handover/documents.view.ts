import {
  DOCUMENT_KINDS,
  maskedRecipient,
  receivedAt,
  type DocumentsOfInvoice,
  type Handover,
  type HandoverDecision,
  type InvoiceId,
} from '@latarnik/domain';
import { z } from 'zod';

const DocumentKindView = z.enum(DOCUMENT_KINDS);

export const HandoverView = z.object({
  id: z.uuid(),
  document: DocumentKindView,
  channel: z.enum(['email', 'paper', 'portal', 'edi', 'other']),
  recipient: z.string(),
  handedOverAt: z.iso.datetime(),
  recordedAt: z.iso.datetime(),
  recordedBy: z.string(),
  sha256: z.string().nullable().describe('of the file that was handed over, Base64'),
  note: z.string().nullable(),
});
export const HandoverList = z.object({ items: z.array(HandoverView) });

export function handoverView(handover: Handover): z.infer<typeof HandoverView> {
  const { id, document, channel, recipient, handedOverAt, recordedAt, recordedBy } = handover;
  return {
    ...{ id, document, channel, recipient, recordedBy },
    handedOverAt: handedOverAt.toString(),
    recordedAt: recordedAt.toString(),
    sha256: handover.sha256 ?? null,
    note: handover.note ?? null,
  };
}

export const DocumentsView = z.object({
  invoiceId: z.uuid(),
  buyer: z.object({
    group: z.enum(['domestic', 'art-106gb-4']),
    ground: z.string().describe('what in the file tells'),
  }),
  now: z
    .object({
      document: DocumentKindView,
      codes: z.enum(['two', 'kod-i-with-number', 'none']),
      detail: z.string(),
      basis: z.array(z.string()).describe('articles of the VAT Act, the regulation of 12.12.2025, the handbook'),
      dependsOn: z.array(z.object({ code: z.string(), detail: z.string() })),
      links: z.record(z.string(), z.string()).describe('the copy for the buyer (html, pdf) and its codes as images'),
    })
    .nullable()
    .describe('what may be handed to the buyer now; null for nothing'),
  nothing: z
    .object({ reason: z.string(), detail: z.string(), basis: z.array(z.string()) })
    .nullable()
    .describe('why nothing may be handed over'),
  notYet: z.array(z.object({ document: DocumentKindView, reason: z.string(), detail: z.string(), basis: z.string() })),
  receipt: z
    .object({
      rule: z.enum(['number-assigned', 'actual-receipt', 'actual-receipt-else-number-assigned']),
      basis: z.string(),
      knownAt: z.iso.datetime().nullable().describe('by that rule, from what is recorded; null while nothing is'),
    })
    .describe('by which moment the buyer counts as having received it'),
  handedOver: z.array(
    z.object({
      document: DocumentKindView,
      channel: z.string(),
      recipient: z.string().describe('masked'),
      at: z.iso.datetime(),
    }),
  ),
});
export type DocumentsView = z.infer<typeof DocumentsView>;

export function documentsView(documents: DocumentsOfInvoice): DocumentsView {
  const { stored, buyer, decision, notYet, receipt, handovers } = documents;
  const { invoice } = stored;
  const { id } = invoice;
  const numberedAt = 'acceptance' in invoice ? invoice.acceptance.acquisitionDate : undefined;
  return {
    invoiceId: id,
    buyer: { group: buyer.kind, ground: buyer.ground },
    ...decisionView(id, decision),
    notYet: notYet.map((each) => ({ ...each, detail: NOT_YET[each.reason] })),
    receipt: { ...receipt, knownAt: receivedAt(receipt, buyer, handovers, numberedAt)?.toString() ?? null },
    handedOver: handovers.map(({ document, channel, recipient, handedOverAt }) => ({
      ...{ document, channel, recipient: maskedRecipient(recipient), at: handedOverAt.toString() },
    })),
  };
}

function decisionView(id: InvoiceId, decision: HandoverDecision): Pick<DocumentsView, 'now' | 'nothing'> {
  const { kind, basis, dependsOn } = decision;
  if (kind === 'nothing') {
    const { reason } = decision;
    return { now: null, nothing: { reason, detail: NOTHING[reason], basis: [...basis] } };
  }
  const because = dependsOn.map((code) => ({ code, detail: DEPENDS_ON[code] }));
  const { codes } = decision;
  const now = { document: kind, codes, detail: DETAIL[kind], basis: [...basis], dependsOn: because };
  return { now: { ...now, links: linksOf(id, codes) }, nothing: null };
}

function linksOf(id: InvoiceId, codes: 'two' | 'kod-i-with-number' | 'none'): Record<string, string> {
  const self = `/v1/invoices/${id}`;
  const copy = { html: `${self}/documents/copy.html`, pdf: `${self}/documents/copy.pdf` };
  if (codes === 'none') return copy;
  const kodI = { ...copy, qrInvoice: `${self}/qr/invoice.png` };
  return codes === 'two' ? { ...kodI, qrCertificate: `${self}/qr/certificate.png` } : kodI;
}

const DETAIL = {
  'invoice-with-number': 'The invoice with KOD I and the KSeF number beneath.',
  'invoice-with-two-codes': 'The invoice with KOD I (OFFLINE) and KOD II (CERTYFIKAT).',
  'transaction-confirmation': 'A transaction confirmation with both codes. It is not an invoice.',
  'invoice-without-codes': 'The invoice without codes, in any way that is agreed; it is never sent to KSeF.',
} as const;

const NOTHING = {
  NOT_ISSUED_YET: 'It is not issued before KSeF has it.',
  NOT_ISSUED: 'The attempt to issue it came to nothing.',
  REFUSED_BY_KSEF: 'KSeF refused the file. What the buyer holds stays; a new copy comes with the number.',
  UNDER_REVIEW: 'A person has to decide on it first.',
  NO_CERTIFICATE_CODE: 'A copy without a number takes two codes, and KOD II was not made for this invoice.',
} as const;

const DEPENDS_ON = {
  AGREED_WAY: 'It goes to the buyer in the way that was agreed with them.',
  VOLUNTARY: 'Nobody has to hand it over: the buyer gets the invoice in KSeF.',
  BUYER_AS_IN_FILE:
    'The buyer is taken for a domestic one by the NIP in the file. One without a seat or fixed establishment here, or ' +
    'under the scheme of art. 113a, is a buyer of art. 106gb(4).',
  FAILURE_ANNOUNCED: "It rests on the Ministry's announcement of a failure.",
  TOTAL_FAILURE_ANNOUNCED: 'It rests on the announcement of a total failure.',
} as const;

const NOT_YET = {
  NO_KSEF_NUMBER_YET: 'There is no KSeF number yet.',
  ONLY_IN_KSEF: 'A domestic buyer gets the invoice in KSeF only, until a failure is announced.',
  ONLY_IN_A_FAILURE: 'An invoice that is issued online is handed over with its number.',
} as const;
