import {
  Temporal,
  type Certificate,
  type CertificateId,
  type CertificateName,
  type CertificateSerial,
  type ContextIdentifier,
  type Enrolment,
  type EnrolmentReference,
  type EnrolmentRefusal,
  type KeyFingerprint,
  type SealedKey,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';

/** A row as PostgreSQL gives it: moments as text, the state's own data or null. */
export interface EnrolmentRow {
  readonly id: string;
  readonly context_type: string;
  readonly context_value: string;
  readonly name: string;
  readonly type: Certificate['purpose'];
  readonly key_algorithm: Certificate['keyAlgorithm'];
  readonly valid_from: string | null;
  readonly planned_at: string;
  readonly fingerprint: string;
  readonly state: Enrolment['state'];
  readonly sendings: number;
  readonly csr: Buffer | null;
  readonly key_fingerprint: string | null;
  readonly sealed_key: Buffer | null;
  readonly sent_at: string | null;
  readonly remaining_before: number | null;
  readonly reference: string | null;
  readonly serial: string | null;
  readonly refusal: EnrolmentRefusal | null;
  readonly version: number;
}

/** The row was checked when it was written. */
export function toEnrolment(row: EnrolmentRow): Enrolment {
  const { state } = row;
  switch (state) {
    case 'prepared':
      return { ...planOf(row), ...keyOf(row), state };
    case 'sending':
      return { ...planOf(row), ...keyOf(row), ...sendingOf(row), state };
    case 'submitted': {
      const reference = required(row.reference, 'reference') as EnrolmentReference;
      return { ...planOf(row), ...keyOf(row), ...sendingOf(row), state, reference };
    }
    case 'issued':
      return { ...planOf(row), ...keyOf(row), state, serial: serialOf(row) };
    case 'completed':
      return { ...planOf(row), state, serial: serialOf(row) };
    case 'refused':
      return { ...planOf(row), state, refusal: required(row.refusal, 'refusal') };
  }
}

/** What moves with the state, in the order of the statement that saves it. */
export function progressOf(enrolment: Enrolment): readonly unknown[] {
  return [
    ...[enrolment.state, enrolment.sendings],
    ...keyColumns(enrolment),
    ...sendingColumns(enrolment),
    'serial' in enrolment ? enrolment.serial : null,
    enrolment.state === 'refused' ? JSON.stringify(enrolment.refusal) : null,
  ];
}

function keyColumns(enrolment: Enrolment): readonly unknown[] {
  if (!('request' in enrolment)) return [null, null, null];
  const { csr, keyFingerprint, sealedKey } = enrolment.request;
  return [Buffer.from(csr), keyFingerprint, Buffer.from(sealedKey)];
}

function sendingColumns(enrolment: Enrolment): readonly unknown[] {
  if (enrolment.state !== 'sending' && enrolment.state !== 'submitted') return [null, null, null];
  const { sentAt, remainingBefore } = enrolment;
  return [instantText(sentAt), remainingBefore, enrolment.state === 'submitted' ? enrolment.reference : null];
}

function planOf(row: EnrolmentRow) {
  return {
    id: row.id as CertificateId,
    context: { type: row.context_type, value: row.context_value } as ContextIdentifier,
    name: row.name as CertificateName,
    type: row.type,
    keyAlgorithm: row.key_algorithm,
    ...(row.valid_from === null ? {} : { validFrom: Temporal.Instant.from(row.valid_from) }),
    plannedAt: Temporal.Instant.from(row.planned_at),
    sendings: row.sendings,
    version: row.version,
  };
}

const keyOf = (row: EnrolmentRow) => ({
  request: {
    csr: new Uint8Array(required(row.csr, 'csr')),
    keyFingerprint: required(row.key_fingerprint, 'key_fingerprint') as KeyFingerprint,
    sealedKey: new Uint8Array(required(row.sealed_key, 'sealed_key')) as SealedKey,
  },
});

const sendingOf = (row: EnrolmentRow) => ({
  sentAt: Temporal.Instant.from(required(row.sent_at, 'sent_at')),
  remainingBefore: required(row.remaining_before, 'remaining_before'),
});

const serialOf = (row: EnrolmentRow): CertificateSerial => required(row.serial, 'serial') as CertificateSerial;
