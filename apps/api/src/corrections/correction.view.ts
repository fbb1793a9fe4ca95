import {
  hashToBase64,
  TECHNICAL_DIFFERENCES,
  type CorrectionVoice,
  type FieldDifference,
  type KsefRefusal,
  type MassRejection,
  type StoredInvoice,
  type TechnicalCorrection,
} from '@latarnik/domain';
import { z } from 'zod';

const Voice = z.object({
  person: z.string(),
  actor: z.string(),
  at: z.iso.datetime(),
  reason: z.string().nullable(),
});

const Difference = z.object({
  path: z.string().describe('`/Faktura/Fa/P_2`, or `(file)` for what stands in no element'),
  kind: z.string().describe('`content`, or the technical difference it is'),
  before: z.string().nullable(),
  after: z.string().nullable(),
  why: z.string().nullable().describe('why a technical difference is one'),
});

const Comparison = z.object({
  scope: z.enum(['full', 'partial']).describe('partial: the issued file is not readable as XML'),
  unread: z.string().nullable().describe('why it is partial'),
  differences: z.array(Difference),
  unlisted: z.int().describe('differences beyond those listed'),
});

export const CorrectionView = z.object({
  id: z.uuid(),
  invoiceId: z.uuid(),
  file: z.int().describe('its place in the lineage; the file that was issued is 1'),
  state: z.enum([
    ...['proposed', 'declined', 'approved', 'sending', 'resolving', 'accepted', 'complete', 'refused', 'blocked'],
    ...['needs-review', 'conflict'],
  ] as const),
  sha256: z.string(),
  size: z.int(),
  approvalPolicy: z.enum(['two-persons', 'one-person']),
  ksefStatus: z.int().describe("KSeF's code for the file before it"),
  decision: z.string().nullable().describe('what a person decided where the code alone does not allow a correction'),
  proposed: Voice,
  approved: Voice.nullable(),
  declined: Voice.nullable(),
  comparison: Comparison,
  attempts: z.int().describe('times that KSeF refused the same bytes for a reason outside the file'),
  notBefore: z.iso.datetime().nullable(),
  sessionReferenceNumber: z.string().nullable(),
  ksefNumber: z.string().nullable(),
  acceptedFile: z.int().nullable().describe('which file of the lineage KSeF holds'),
  error: z
    .object({ ksefStatus: z.int(), description: z.string(), details: z.array(z.string()), advice: z.string() })
    .nullable(),
  next: z.string().describe('what happens next, in a sentence'),
  links: z.record(z.string(), z.string()),
});
export type CorrectionView = z.infer<typeof CorrectionView>;

const LineageFile = z.object({
  file: z.int(),
  sha256: z.string(),
  size: z.int(),
  correctionId: z.uuid().nullable().describe('null for the file that was issued'),
  heldByKsef: z.boolean(),
});

export const LineageView = z.object({
  invoiceId: z.uuid(),
  number: z.string(),
  state: z.string(),
  hashOfCorrectedInvoice: z.string().describe('Base64; the hash on the document that the buyer holds'),
  deadlineEndsAt: z.iso.datetime().nullable().describe("the original's, whatever corrections there are"),
  files: z.array(LineageFile),
  corrections: z.array(CorrectionView).describe('oldest first'),
});
export type LineageView = z.infer<typeof LineageView>;

export const CorrectionList = z.object({
  items: z.array(CorrectionView),
  next: z.string().nullable(),
  massRejections: z
    .array(z.object({ schema: z.string(), invoices: z.int(), since: z.iso.datetime(), raisedAt: z.iso.datetime() }))
    .describe('warnings that KSeF refused very many files of a schema within an hour'),
});
export type CorrectionList = z.infer<typeof CorrectionList>;

export function correctionView(correction: TechnicalCorrection): CorrectionView {
  const { id, invoiceId, ground, policy, sizeBytes: size, attempts } = correction;
  return {
    id,
    invoiceId,
    file: correction.ordinal,
    state: correction.state,
    sha256: hashToBase64(correction.hash),
    size,
    approvalPolicy: policy,
    ksefStatus: ground.ksefStatus,
    decision: ground.decision ?? null,
    proposed: voiceView(correction.proposed),
    ...voicesOf(correction),
    comparison: comparisonView(correction),
    attempts,
    ...standingOf(correction),
    next: NEXT[correction.state],
    links: linksOf(correction),
  };
}

function voicesOf(correction: TechnicalCorrection): Pick<CorrectionView, 'approved' | 'declined'> {
  const approved = 'approved' in correction ? correction.approved : undefined;
  const declined = correction.state === 'declined' ? correction.declined : undefined;
  return {
    approved: approved === undefined ? null : voiceView(approved),
    declined: declined === undefined ? null : voiceView(declined),
  };
}

const voiceView = ({ person, actor, at, reason }: CorrectionVoice): z.infer<typeof Voice> => ({
  person,
  actor,
  at: at.toString(),
  reason: reason ?? null,
});

function comparisonView({ comparison }: TechnicalCorrection): z.infer<typeof Comparison> {
  const { scope, unread, differences, unlisted } = comparison;
  return { scope, unread: unread ?? null, differences: differences.map(differenceView), unlisted };
}

export function differenceView({ path, kind, before, after }: FieldDifference): z.infer<typeof Difference> {
  const why = kind === 'content' ? null : TECHNICAL_DIFFERENCES[kind];
  return { path, kind, before: before ?? null, after: after ?? null, why };
}

function standingOf(correction: TechnicalCorrection) {
  const refusal = 'refusal' in correction ? correction.refusal : undefined;
  const notBefore = correction.state === 'approved' ? correction.notBefore : undefined;
  return {
    notBefore: notBefore?.toString() ?? null,
    ...acceptanceOf(correction),
    error: refusal === undefined ? null : errorOf(refusal),
  };
}

function acceptanceOf(correction: TechnicalCorrection) {
  if (!('acceptance' in correction)) {
    return { sessionReferenceNumber: correction.sessions.at(-1) ?? null, ksefNumber: null, acceptedFile: null };
  }
  const { acceptance, acceptedOrdinal: acceptedFile } = correction;
  return { sessionReferenceNumber: acceptance.session, ksefNumber: acceptance.ksefNumber, acceptedFile };
}

function errorOf({ code, description, details, advice }: KsefRefusal) {
  return { ksefStatus: code, description, details: [...details], advice };
}

const NEXT: Readonly<Record<TechnicalCorrection['state'], string>> = {
  proposed: 'Another person approves or declines it; nothing has been sent.',
  declined: 'Nothing: it was declined. Another correction may be proposed.',
  approved: 'A worker sends it in an interactive session, the earliest deadline first.',
  sending: 'KSeF has it, or may have it: its session is read until it is certain.',
  resolving: 'KSeF says that it holds a file of this invoice already: it is being looked up.',
  accepted: 'KSeF gave a number; the UPO is fetched.',
  complete: 'Nothing: number and UPO are stored.',
  refused: 'KSeF refused this file too: another correction may be proposed.',
  blocked: 'A right is missing: grant it and resume, or decline.',
  'needs-review': 'A person looks, then resumes or declines.',
  conflict: 'KSeF holds another document under this number: a person decides.',
};

function linksOf({ id, invoiceId, state }: TechnicalCorrection): Record<string, string> {
  const self = `/v1/invoices/${invoiceId}/technical-correction/${id}`;
  const invoice = `/v1/invoices/${invoiceId}`;
  const always = { self, xml: `${self}/xml`, invoice, lineage: `${invoice}/technical-corrections` };
  const rejection = `${self}/rejection`;
  if (state === 'proposed') return { ...always, approval: `${self}/approval`, rejection };
  const resumption = `${self}/resumption`;
  if (state === 'blocked') return { ...always, resumption, rejection };
  return state === 'needs-review' ? { ...always, resumption, rejection, reading: `${self}/reading` } : always;
}

/** Every file of an invoice: the one that was issued, and its corrections. */
export function lineageView(
  { invoice, term }: StoredInvoice,
  corrections: readonly TechnicalCorrection[],
): LineageView {
  const accepted = 'acceptance' in invoice;
  const corrected = accepted ? invoice.corrected?.correctionId : undefined;
  const issued = { file: 1, sha256: hashToBase64(invoice.hash), size: invoice.sizeBytes, correctionId: null };
  return {
    invoiceId: invoice.id,
    number: invoice.facts.number,
    state: invoice.state,
    hashOfCorrectedInvoice: issued.sha256,
    deadlineEndsAt: term?.deadline.kind === 'due' ? term.deadline.endsAt.toString() : null,
    files: [
      { ...issued, heldByKsef: accepted && corrected === undefined },
      ...corrections.map(({ id, ordinal, hash, sizeBytes }) => ({
        file: ordinal,
        sha256: hashToBase64(hash),
        size: sizeBytes,
        correctionId: id,
        heldByKsef: corrected === id,
      })),
    ],
    corrections: corrections.map(correctionView),
  };
}

export function massRejectionView({ formCode, invoices, since, raisedAt }: MassRejection) {
  const schema = `${formCode.systemCode} ${formCode.schemaVersion}`;
  return { schema, invoices, since: since.toString(), raisedAt: raisedAt.toString() };
}
