import {
  contextLabel,
  DISPLAY_STATUS,
  nextStepOf,
  type AuditEntry,
  type Batch,
  type BatchPart,
  type BatchStanding,
  type CallAttempt,
  type Instant,
  type Invoice,
  type InvoiceState,
  type NextStep,
} from '@latarnik/domain';
import { z } from 'zod';

export const BATCH_STATES = [
  ...['planned', 'packed', 'opening', 'open', 'closing', 'processing', 'reconciling', 'disputed', 'done', 'dead'],
] as const;

const PartView = z.object({
  ordinal: z.int(),
  size: z.int().describe('encrypted'),
  sha256: z.string(),
  state: z.enum(['pending', 'sending', 'unknown', 'uploaded', 'refused']),
  uploaded: z.boolean(),
  attempts: z.int().describe('times it was put on its way'),
  sentAt: z.iso.datetime().nullable(),
  uploadedAt: z.iso.datetime().nullable(),
  lastError: z.string().nullable(),
});

export const BatchView = z.object({
  id: z.uuid(),
  state: z.string(),
  context: z.string(),
  invoiceCount: z.int(),
  plannedAt: z.iso.datetime(),
  openedAt: z.iso.datetime().nullable(),
  sessionReferenceNumber: z.string().nullable(),
  sessionCode: z.int().nullable(),
  openAttempts: z.int(),
  reason: z.string().nullable().describe('why it came to nothing, or is disputed'),
  finishedAt: z.iso.datetime().nullable(),
});
export type BatchView = z.infer<typeof BatchView>;

export const NextView = z
  .object({
    code: z.enum([
      ...([
        'PACK',
        'OPEN_SESSION',
        'RESOLVE_OPENING',
        'UPLOAD_PARTS',
        'CLOSE_SESSION',
        'ASK_KSEF',
        'LOOK_FOR_INVOICES',
      ] as const),
      ...(['RECONCILE', 'PERSON_SETTLES', 'PERSON_RESUMES', 'NOTHING'] as const),
    ]),
    at: z.iso.datetime().nullable().describe('not before; null where nothing or only a person is awaited'),
    detail: z.string().describe('for an accountant'),
  })
  .describe('what happens next, and when');

const MemberView = z.object({
  id: z.uuid(),
  number: z.string(),
  status: z.string(),
  state: z.string(),
  ksefNumber: z.string().nullable(),
  error: z.object({ ksefStatus: z.int().nullable(), description: z.string(), advice: z.string() }).nullable(),
});
export const MemberList = z.object({ items: z.array(MemberView), next: z.string().nullable() });

const AttemptView = z.object({
  call: z.enum(['open', 'close']),
  at: z.iso.datetime(),
  state: z.enum(['pending', 'done', 'failed', 'unknown', 'resolved']),
  endedAt: z.iso.datetime().nullable(),
  cause: z.string().nullable(),
  resolution: z.string().nullable().describe('how an unknown outcome was found out'),
});

export const BatchHistory = z.object({
  items: z.array(
    z.object({
      at: z.iso.datetime(),
      actor: z.string(),
      action: z.string(),
      facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    }),
  ),
  attempts: z.array(AttemptView).describe('every call that opens or closes its session, with what came of it'),
});

export const BatchDetails = BatchView.extend({
  parts: z.array(PartView),
  counts: z.record(z.string(), z.int()).describe('invoices by status'),
  states: z.record(z.string(), z.int()).describe('invoices by the finer state'),
  next: NextView,
  heldAt: z.iso.datetime().nullable().describe('since when nobody works on it until a person says so'),
  invoices: z.array(MemberView).describe('the first 100; all of them at links.invoices'),
  links: z.record(z.string(), z.string()),
});
export type BatchDetails = z.infer<typeof BatchDetails>;

/** Everything a detail is made of, read in one transaction. */
export interface BatchParts {
  readonly batch: Batch;
  readonly parts: readonly BatchPart[];
  readonly standing: BatchStanding;
  readonly states: ReadonlyMap<InvoiceState, number>;
}

export function batchView(batch: Batch): BatchView {
  return {
    id: batch.id,
    state: batch.state,
    context: contextLabel(batch.context),
    invoiceCount: batch.invoiceCount,
    plannedAt: batch.plannedAt.toString(),
    openedAt: 'openedAt' in batch ? batch.openedAt.toString() : null,
    sessionReferenceNumber: 'session' in batch ? (batch.session ?? null) : null,
    sessionCode: 'sessionCode' in batch ? batch.sessionCode : null,
    openAttempts: batch.openAttempts,
    reason: reasonOf(batch),
    finishedAt: 'finishedAt' in batch ? batch.finishedAt.toString() : null,
  };
}

function reasonOf(batch: Batch): string | null {
  if (batch.state === 'dead') return batch.reason;
  return batch.state === 'disputed' ? batch.dispute : null;
}

/** Without its invoices: what the stream of events tells, too. */
export function progressView({ batch, parts, standing, states }: BatchParts, now: Instant) {
  const self = `/v1/batches/${batch.id}`;
  return {
    ...batchView(batch),
    parts: parts.map(partView),
    counts: countsOf(states),
    states: Object.fromEntries(states),
    next: nextView(nextStepOf(batch, standing, now)),
    heldAt: standing.heldAt?.toString() ?? null,
    links: { self, invoices: `${self}/invoices`, history: `${self}/history`, events: `${self}/events` },
  };
}

export function nextView({ code, at, detail }: NextStep): z.infer<typeof NextView> {
  return { code, at: at?.toString() ?? null, detail };
}

function partView(part: BatchPart): z.infer<typeof PartView> {
  const { ordinal, sizeBytes, sha256, state, attempts } = part;
  return {
    ...{ ordinal, size: sizeBytes, sha256, state, attempts },
    uploaded: state === 'uploaded',
    sentAt: 'sentAt' in part ? part.sentAt.toString() : null,
    uploadedAt: 'uploadedAt' in part ? part.uploadedAt.toString() : null,
    lastError: 'lastError' in part ? part.lastError : null,
  };
}

function countsOf(states: BatchParts['states']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [state, count] of states) {
    counts[DISPLAY_STATUS[state]] = (counts[DISPLAY_STATUS[state]] ?? 0) + count;
  }
  return counts;
}

export function memberView(invoice: Invoice): z.infer<typeof MemberView> {
  const { id, facts, state } = invoice;
  const refusal = 'refusal' in invoice ? invoice.refusal : undefined;
  return {
    ...{ id, number: facts.number, status: DISPLAY_STATUS[state], state },
    ksefNumber: 'acceptance' in invoice ? invoice.acceptance.ksefNumber : null,
    error:
      refusal === undefined
        ? null
        : {
            ksefStatus: refusal.code === 0 ? null : refusal.code,
            description: refusal.description,
            advice: refusal.advice,
          },
  };
}

export function historyView(
  entries: readonly AuditEntry[],
  attempts: readonly CallAttempt[],
): z.infer<typeof BatchHistory> {
  return {
    items: entries.map(({ at, actor, action, facts }) => ({ at: at.toString(), actor, action, facts })),
    attempts: attempts.map((attempt) => ({
      call: attempt.call,
      at: attempt.at.toString(),
      state: attempt.state,
      endedAt: 'endedAt' in attempt ? attempt.endedAt.toString() : null,
      cause: 'cause' in attempt ? attempt.cause : null,
      resolution: 'resolution' in attempt ? attempt.resolution : null,
    })),
  };
}
