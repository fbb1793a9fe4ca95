import {
  invoiceHashFromBytes,
  type Acceptance,
  type BatchId,
  type CertificateSerial,
  type ContextIdentifier,
  type CorrectedFile,
  type Delivery,
  type EarlierAttempt,
  type Invoice,
  type InvoiceFacts,
  type InvoiceId,
  type InvoiceNumber,
  type InvoiceReference,
  type InvoiceState,
  type Issue,
  type IssuedInvoice,
  type KodI,
  type KodII,
  type KsefNumber,
  type Nip,
  type OfflineIssue,
  type OfflineMode,
  type ReceivedInvoice,
  type SessionReference,
  type StoredInvoice,
  type TechnicalCorrectionId,
  type TenantId,
} from '@latarnik/domain';
import { cutToMicroseconds } from '../database/column-types.js';
import { required } from '../database/required.js';
import { toTerm } from '../deadline/term.mapper.js';
import { InvoiceRecord, type InvoiceProgress } from './invoice.record.js';

export function toRecord(tenant: TenantId, invoice: ReceivedInvoice | IssuedInvoice): InvoiceRecord {
  const { formCode, kind, number, issueDate, sellerNip, ...facts } = invoice.facts;
  const record = Object.assign(new InvoiceRecord(), progressOf(invoice));
  return Object.assign(record, {
    tenantId: tenant,
    id: invoice.id,
    contextType: invoice.context.type,
    contextValue: invoice.context.value,
    sellerNip,
    kind,
    number,
    issueDate,
    formSystemCode: formCode.systemCode,
    formSchemaVersion: formCode.schemaVersion,
    formValue: formCode.value,
    facts,
    sha256: invoice.hash,
    sizeBytes: invoice.sizeBytes,
    version: invoice.version,
    receivedAt: invoice.receivedAt,
    requestedMode: invoice.requestedMode ?? null,
    trackAfter: null,
  });
}

/** The columns that follow the state; what the state does not have is null. */
export function progressOf(invoice: Invoice): InvoiceProgress {
  return {
    state: invoice.state,
    ...issueColumns('issue' in invoice ? invoice.issue : undefined),
    ...deliveryColumns('delivery' in invoice ? invoice.delivery : undefined),
    ...acceptanceColumns('acceptance' in invoice ? invoice.acceptance : undefined),
    ...correctionColumns(invoice),
    refusal: 'refusal' in invoice ? invoice.refusal : null,
    notIssuedReason: invoice.state === 'not-issued' ? invoice.reason : null,
    deliveryAttempts: invoice.deliveryAttempts,
    notBefore: 'notBefore' in invoice ? cutToMicroseconds(invoice.notBefore) : null,
  };
}

/** The correction that is on its way, or the file of it that KSeF holds. */
function correctionColumns(invoice: Invoice) {
  if (invoice.state === 'correcting') return { correctionId: invoice.correctionId, correctedSha256: null };
  const corrected = 'corrected' in invoice ? invoice.corrected : undefined;
  return { correctionId: corrected?.correctionId ?? null, correctedSha256: corrected?.hash ?? null };
}

const NO_ISSUE = {
  mode: null,
  modeEvidence: null,
  issuedAt: null,
  kodI: null,
  kodII: null,
  certificateSerial: null,
  preparedKodII: null,
  preparedCertificateSerial: null,
} as const;

function issueColumns(issue: Issue | undefined) {
  if (issue === undefined) return NO_ISSUE;
  const { mode, evidence, issuedAt, kodI } = issue;
  const common = { mode, modeEvidence: evidence, issuedAt: cutToMicroseconds(issuedAt), kodI };
  if (issue.mode !== 'online') {
    const { kodII, certificateSerial } = issue;
    return { ...NO_ISSUE, ...common, kodII, certificateSerial };
  }
  const { prepared } = issue;
  if (prepared === undefined) return { ...NO_ISSUE, ...common };
  const codes = { preparedKodII: prepared.kodII, preparedCertificateSerial: prepared.certificateSerial };
  return { ...NO_ISSUE, ...common, ...codes };
}

const NO_DELIVERY = {
  channel: null,
  batchId: null,
  sessionReference: null,
  earlierBatchId: null,
  earlierSessionReference: null,
  invoiceReference: null,
} as const;

function deliveryColumns(delivery: Delivery | undefined) {
  if (delivery === undefined) return NO_DELIVERY;
  const { channel, session = null } = delivery;
  const common = { ...NO_DELIVERY, channel, sessionReference: session };
  if (channel === 'interactive') return { ...common, invoiceReference: delivery.invoice ?? null };
  const { batchId, earlier } = delivery;
  const before =
    earlier === undefined ? {} : { earlierBatchId: earlier.batchId, earlierSessionReference: earlier.session };
  return { ...common, batchId, ...before };
}

const NO_ACCEPTANCE = {
  ksefNumber: null,
  acceptedSessionReference: null,
  acceptedInvoiceReference: null,
  invoicingDate: null,
  acquisitionDate: null,
  invoicingMode: null,
} as const;

function acceptanceColumns(acceptance: Acceptance | undefined) {
  if (acceptance === undefined) return NO_ACCEPTANCE;
  const { ksefNumber, session, invoice, invoicingDate, acquisitionDate, invoicingMode } = acceptance;
  return {
    ksefNumber,
    acceptedSessionReference: session,
    acceptedInvoiceReference: invoice ?? null,
    invoicingDate: cutToMicroseconds(invoicingDate),
    acquisitionDate: acquisitionDate === undefined ? null : cutToMicroseconds(acquisitionDate),
    invoicingMode: invoicingMode ?? null,
  };
}

export function toStoredInvoice(record: InvoiceRecord): StoredInvoice {
  const invoice = toInvoice(record);
  const { term } = record;
  return term === null || term === undefined ? { invoice } : { invoice, term: toTerm(term.value) };
}

/** The row was checked when it was written; each state gets exactly its own data. */
export function toInvoice(record: InvoiceRecord): Invoice {
  return { ...identityOf(record), ...OWN_DATA[record.state](record) };
}

const OWN_DATA = {
  received: () => ({ state: 'received' as const }),
  'not-issued': ({ notIssuedReason, refusal }: InvoiceRecord) => ({
    state: 'not-issued' as const,
    reason: required(notIssuedReason, 'reason'),
    ...(refusal === null ? {} : { refusal }),
  }),
  issued: (record: InvoiceRecord) => ({
    state: 'issued' as const,
    issue: offlineIssueOf(record),
    ...(record.notBefore === null ? {} : { notBefore: record.notBefore }),
  }),
  planned: (record: InvoiceRecord) => ({
    state: 'planned' as const,
    issue: offlineIssueOf(record),
    delivery: batchDeliveryOf(record),
  }),
  'in-session': (record: InvoiceRecord) => ({ state: 'in-session' as const, ...deliveredOf(record) }),
  accepted: (record: InvoiceRecord) => ({ state: 'accepted' as const, ...acceptedOf(record) }),
  complete: (record: InvoiceRecord) => ({ state: 'complete' as const, ...acceptedOf(record) }),
  rejected: (record: InvoiceRecord) => ({ state: 'rejected' as const, ...refusedOf(record) }),
  correcting: (record: InvoiceRecord) => ({
    state: 'correcting' as const,
    ...refusedOf(record),
    issue: offlineIssueOf(record),
    correctionId: required(record.correctionId, 'correction') as TechnicalCorrectionId,
  }),
  blocked: (record: InvoiceRecord) =>
    record.channel === null
      ? { state: 'blocked' as const, issue: offlineIssueOf(record), refusal: required(record.refusal, 'refusal') }
      : { state: 'blocked' as const, ...refusedOf(record) },
  conflict: (record: InvoiceRecord) => ({ state: 'conflict' as const, ...refusedOf(record) }),
  'needs-review': (record: InvoiceRecord) => ({
    state: 'needs-review' as const,
    ...refusedOf(record),
    ...(record.ksefNumber === null ? {} : acceptedOf(record)),
  }),
  closed: (record: InvoiceRecord) => ({
    state: 'closed' as const,
    ...refusedOf(record),
    issue: offlineIssueOf(record),
  }),
} satisfies Record<InvoiceState, (record: InvoiceRecord) => { readonly state: InvoiceState }>;

const deliveredOf = (record: InvoiceRecord) => ({ issue: issueOf(record), delivery: deliveryOf(record) });
const acceptedOf = (record: InvoiceRecord) => ({
  ...deliveredOf(record),
  acceptance: acceptanceOf(record),
  ...correctedOf(record),
});

function correctedOf({ correctionId, correctedSha256 }: InvoiceRecord): { corrected?: CorrectedFile } {
  if (correctionId === null || correctedSha256 === null) return {};
  const hash = invoiceHashFromBytes(correctedSha256);
  return { corrected: { correctionId: correctionId as TechnicalCorrectionId, hash } };
}

const refusedOf = (record: InvoiceRecord) => ({
  ...deliveredOf(record),
  refusal: required(record.refusal, 'refusal'),
});

function identityOf(record: InvoiceRecord) {
  const { formSystemCode: systemCode, formSchemaVersion: schemaVersion, formValue: value } = record;
  const facts: InvoiceFacts = {
    ...record.facts,
    formCode: { systemCode, schemaVersion, value },
    kind: record.kind,
    number: record.number as InvoiceNumber,
    issueDate: record.issueDate,
    sellerNip: record.sellerNip as Nip,
  };
  return {
    id: record.id as InvoiceId,
    context: { type: record.contextType, value: record.contextValue } as ContextIdentifier,
    facts,
    hash: invoiceHashFromBytes(record.sha256),
    sizeBytes: record.sizeBytes,
    receivedAt: record.receivedAt,
    deliveryAttempts: record.deliveryAttempts,
    ...(record.requestedMode === null ? {} : { requestedMode: record.requestedMode }),
    version: record.version,
  };
}

function issueOf(record: InvoiceRecord): Issue {
  if (record.mode !== 'online') return offlineIssueOf(record);
  const { preparedKodII: kodII, preparedCertificateSerial: serial } = record;
  const prepared = kodII === null ? {} : { prepared: { kodII: kodII as KodII, certificateSerial: serialOf(serial) } };
  return { mode: 'online', ...commonIssueOf(record), ...prepared };
}

const serialOf = (serial: string | null): CertificateSerial =>
  required(serial, 'certificate serial') as CertificateSerial;

function offlineIssueOf(record: InvoiceRecord): OfflineIssue {
  return {
    mode: required(record.mode, 'mode') as OfflineMode,
    ...commonIssueOf(record),
    kodII: required(record.kodII, 'KOD II') as KodII,
    certificateSerial: serialOf(record.certificateSerial),
  };
}

function commonIssueOf(record: InvoiceRecord) {
  return {
    evidence: required(record.modeEvidence, 'mode evidence'),
    issuedAt: required(record.issuedAt, 'moment of issue'),
    kodI: required(record.kodI, 'KOD I') as KodI,
  };
}

function deliveryOf(record: InvoiceRecord): Delivery {
  if (record.channel === 'batch') return batchDeliveryOf(record);
  const invoice = record.invoiceReference;
  return {
    channel: required(record.channel, 'channel'),
    ...sessionOf(record),
    ...(invoice === null ? {} : { invoice: invoice as InvoiceReference }),
  };
}

function batchDeliveryOf(record: InvoiceRecord): Extract<Delivery, { channel: 'batch' }> {
  return {
    channel: 'batch',
    batchId: required(record.batchId, 'batch') as BatchId,
    ...sessionOf(record),
    ...earlierOf(record),
  };
}

function earlierOf({ earlierBatchId, earlierSessionReference }: InvoiceRecord): { earlier?: EarlierAttempt } {
  if (earlierBatchId === null) return {};
  const session = required(earlierSessionReference, 'session of the attempt before') as SessionReference;
  return { earlier: { batchId: earlierBatchId as BatchId, session } };
}

function sessionOf({ sessionReference }: InvoiceRecord): { session?: SessionReference } {
  return sessionReference === null ? {} : { session: sessionReference as SessionReference };
}

function acceptanceOf(record: InvoiceRecord): Acceptance {
  const { acquisitionDate, invoicingMode, acceptedInvoiceReference: reference } = record;
  return {
    ksefNumber: required(record.ksefNumber, 'KSeF number') as KsefNumber,
    session: required(record.acceptedSessionReference, 'session of acceptance') as SessionReference,
    ...(reference === null ? {} : { invoice: reference as InvoiceReference }),
    invoicingDate: required(record.invoicingDate, 'moment of acceptance'),
    ...(acquisitionDate === null ? {} : { acquisitionDate }),
    ...(invoicingMode === null ? {} : { invoicingMode }),
  };
}
