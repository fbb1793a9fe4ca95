import {
  Temporal,
  type Batch,
  type BatchId,
  type ContextIdentifier,
  type DeadBatch,
  type Instant,
  type OpenBatch,
  type PartOrdinal,
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
  const key = 'sealed' in batch && batch.state !== 'done' ? batch.sealed : undefined;
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
    ...(batch.state === 'open' ? uploadBody(batch) : {}),
    ...('sessionCode' in batch ? { sessionCode: batch.sessionCode } : {}),
    ...('finishedAt' in batch ? { finishedAt: instantText(batch.finishedAt) } : {}),
    ...(batch.state === 'dead' ? { reason: batch.reason } : {}),
  };
}

function sealedBody({ sealedSessionKey: _key, initializationVector: _iv, ...declared }: SealedPackage) {
  return declared;
}

function uploadBody({ targets, uploaded, uploadExpiresAt }: OpenBatch) {
  return { targets, uploaded: [...uploaded], uploadExpiresAt: instantText(uploadExpiresAt) };
}

/** The row was checked when it was written; each state gets exactly its own data. */
export function toBatch(record: BatchRecord): Batch {
  const plan = planOf(record);
  const { state, body } = record;
  switch (state) {
    case 'planned':
      return { ...plan, state };
    case 'packed':
    case 'opening':
      return { ...plan, state, sealed: sealedOf(record) };
    case 'open':
      return { ...plan, ...inSessionOf(record), state, ...uploadsOf(body) };
    case 'closing':
    case 'processing':
      return { ...plan, ...inSessionOf(record), state };
    case 'reconciling':
      return { ...plan, ...inSessionOf(record), state, sessionCode: required(body.sessionCode, 'session code') };
    case 'done': {
      const finishedAt = instantOf(body.finishedAt, 'end');
      return {
        ...plan,
        ...inSessionOf(record),
        state,
        sessionCode: required(body.sessionCode, 'session code'),
        finishedAt,
      };
    }
    case 'dead':
      return deadOf(record);
  }
}

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
  };
}

/** Key and vector are empty once the batch has ended: they were destroyed. */
function sealedOf({ body, state, sealedSessionKey, initializationVector }: BatchRecord): SealedPackage {
  const ended = state === 'done';
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

function uploadsOf({ targets, uploaded, uploadExpiresAt }: BatchBody) {
  return {
    targets: required(targets, 'upload targets'),
    uploaded: new Set(required(uploaded, 'uploaded parts') as PartOrdinal[]),
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
