import {
  Temporal,
  type Batch,
  type BatchId,
  type BatchState,
  type ClosingBatch,
  type ContextIdentifier,
  type DeadBatch,
  type DisputedBatch,
  type Instant,
  type OpenBatch,
  type PartOrdinal,
  type ProcessingBatch,
  type Reconciliation,
  type SealedPackage,
  type SessionReference,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';
import type { BatchBody, BatchRecord } from './batch.record.js';

/** The columns that follow the state. */
export type BatchProgress = Pick<
  BatchRecord,
  'state' | 'openAttempts' | 'sessionReference' | 'body' | 'sealedSessionKey' | 'initializationVector'
>;

export function progressOf(batch: Batch): BatchProgress {
  const key = 'sealed' in batch && batch.state !== 'done' && batch.state !== 'disputed' ? batch.sealed : undefined;
  return {
    state: batch.state,
    openAttempts: batch.openAttempts,
    sessionReference: ('session' in batch ? batch.session : undefined) ?? null,
    body: bodyOf(batch),
    sealedSessionKey: key?.sealedSessionKey ?? null,
    initializationVector: key?.initializationVector ?? null,
  };
}

function bodyOf(batch: Batch): BatchBody {
  return {
    ...('sealed' in batch ? { sealed: sealedBody(batch.sealed) } : {}),
    ...('openedAt' in batch ? { openedAt: instantText(batch.openedAt) } : {}),
    ...('sessionCode' in batch ? { sessionCode: batch.sessionCode } : {}),
    ...(batch.lineage === undefined ? {} : { lineage: batch.lineage }),
    ...('finishedAt' in batch ? { finishedAt: instantText(batch.finishedAt) } : {}),
    ...ownBodyOf(batch),
  };
}

/** What one state alone knows. */
function ownBodyOf(batch: Batch): BatchBody {
  if (batch.state === 'open') return uploadBody(batch);
  if (batch.state === 'closing' || batch.state === 'processing') return unknownBody(batch);
  if (batch.state === 'reconciling') return { reconciliation: reconciliationBody(batch.reconciliation) };
  if (batch.state === 'disputed') return disputeBody(batch);
  if (batch.state === 'done') return batch.settlement === undefined ? {} : { settlement: batch.settlement };
  return batch.state === 'dead' ? { reason: batch.reason } : {};
}

function sealedBody({ sealedSessionKey: _key, initializationVector: _iv, ...declared }: SealedPackage) {
  return declared;
}

const reconciliationBody = ({ since, ...reading }: Reconciliation) => ({ ...reading, since: instantText(since) });

const unknownBody = ({ unknown }: ClosingBatch | ProcessingBatch) =>
  unknown === undefined ? {} : { unknown: { ...unknown, since: instantText(unknown.since) } };

const disputeBody = ({ dispute, disputedAt }: DisputedBatch) => ({ dispute, disputedAt: instantText(disputedAt) });

function uploadBody({ targets, uploadExpiresAt }: OpenBatch) {
  return { targets, uploadExpiresAt: instantText(uploadExpiresAt) };
}

/**
 * The row was checked when it was written; each state gets exactly its own data.
 * @param uploaded ordinals of its parts that arrived, for an open batch
 */
export function toBatch(record: BatchRecord, uploaded: readonly number[] = []): Batch {
  return READERS[record.state](record, uploaded);
}

type Reader<S extends BatchState> = (
  record: BatchRecord,
  uploaded: readonly number[],
) => Extract<Batch, { readonly state: S }>;

const READERS: { readonly [S in BatchState]: Reader<S> } = {
  planned: (record) => ({ ...planOf(record), state: 'planned' }),
  packed: (record) => ({ ...planOf(record), state: 'packed', sealed: sealedOf(record) }),
  opening: (record) => ({ ...planOf(record), state: 'opening', sealed: sealedOf(record) }),
  open: (record, uploaded) => ({ ...sessionOf(record), state: 'open', ...uploadsOf(record.body, uploaded) }),
  closing: (record) => ({ ...sessionOf(record), state: 'closing', ...unknownOf(record.body) }),
  processing: (record) => ({ ...sessionOf(record), state: 'processing', ...unknownOf(record.body) }),
  reconciling: (record) => ({
    ...processedOf(record),
    state: 'reconciling',
    reconciliation: reconciliationOf(record),
  }),
  disputed: (record) => ({ ...processedOf(record), state: 'disputed', ...disputeOf(record.body) }),
  done: (record) => ({ ...processedOf(record), state: 'done', ...endOf(record.body) }),
  dead: deadOf,
};

const sessionOf = (record: BatchRecord) => ({ ...planOf(record), ...inSessionOf(record) });

const unknownOf = ({ unknown }: BatchBody) =>
  unknown === undefined ? {} : { unknown: { ...unknown, since: Temporal.Instant.from(unknown.since) } };

const disputeOf = ({ dispute, disputedAt }: BatchBody) => ({
  dispute: required(dispute, 'dispute'),
  disputedAt: instantOf(disputedAt, 'moment of the dispute'),
});

const endOf = ({ finishedAt, settlement }: BatchBody) => ({
  finishedAt: instantOf(finishedAt, 'end'),
  ...(settlement === undefined ? {} : { settlement }),
});

function planOf(record: BatchRecord) {
  const { formSystemCode: systemCode, formSchemaVersion: schemaVersion, formValue: value } = record;
  return {
    id: record.id as BatchId,
    context: { type: record.contextType, value: record.contextValue } as ContextIdentifier,
    formCode: { systemCode, schemaVersion, value },
    invoiceCount: record.invoiceCount,
    plannedAt: record.plannedAt,
    version: record.version,
    openAttempts: record.openAttempts,
    ...(record.body.lineage === undefined ? {} : { lineage: record.body.lineage }),
  };
}

const processedOf = (record: BatchRecord) => ({
  ...sessionOf(record),
  sessionCode: required(record.body.sessionCode, 'session code'),
});

/** A row from before counters were kept begins its reading anew. */
function reconciliationOf({ body }: BatchRecord): Reconciliation {
  const { reconciliation } = body;
  if (reconciliation === undefined) {
    return { counters: {}, since: instantOf(body.openedAt, 'opening'), phase: 'listing', listings: 0 };
  }
  return { ...reconciliation, since: Temporal.Instant.from(reconciliation.since) };
}

/** Key and vector are empty once the batch has ended: they were destroyed. */
function sealedOf({ body, state, sealedSessionKey, initializationVector }: BatchRecord): SealedPackage {
  const ended = state === 'done' || state === 'disputed';
  return {
    ...required(body.sealed, 'package'),
    sealedSessionKey: ended ? new Uint8Array() : required(sealedSessionKey, 'session key'),
    initializationVector: ended ? new Uint8Array() : required(initializationVector, 'initialization vector'),
  };
}

function inSessionOf(record: BatchRecord) {
  return {
    sealed: sealedOf(record),
    session: required(record.sessionReference, 'session') as SessionReference,
    openedAt: instantOf(record.body.openedAt, 'opening'),
  };
}

function uploadsOf({ targets, uploadExpiresAt }: BatchBody, uploaded: readonly number[]) {
  return {
    targets: required(targets, 'upload targets'),
    uploaded: new Set(uploaded as PartOrdinal[]),
    uploadExpiresAt: instantOf(uploadExpiresAt, 'end of uploads'),
  };
}

function deadOf(record: BatchRecord): DeadBatch {
  const { body, sessionReference } = record;
  return {
    ...planOf(record),
    ...(sessionReference === null ? {} : { session: sessionReference as SessionReference }),
    state: 'dead',
    reason: required(body.reason, 'reason'),
    finishedAt: instantOf(body.finishedAt, 'end'),
  };
}

function instantOf(text: string | undefined, what: string): Instant {
  return Temporal.Instant.from(required(text, what));
}
