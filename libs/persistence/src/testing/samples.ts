import {
  FA3,
  invoiceHashFromBytes,
  Temporal,
  type BatchId,
  type CertificateSerial,
  type ContextIdentifier,
  type ContextValue,
  type Deadline,
  type DecimalText,
  type InSessionInvoice,
  type InvoiceHash,
  type InvoiceId,
  type InvoiceNumber,
  type InvoiceReference,
  type IssuedInvoice,
  type KodI,
  type KodII,
  type KsefNumber,
  type Nip,
  type OfflineIssue,
  type OnlineIssue,
  type PartOrdinal,
  type PlannedBatch,
  type ReceivedInvoice,
  type SealedPackage,
  type SessionReference,
  type TenantId,
} from '@latarnik/domain';
import { createHash } from 'node:crypto';

let last = 0;

/** Rising UUIDs of version 7: later ones sort behind earlier ones. */
export function nextId(): string {
  last += 1;
  return `01920000-0000-7000-8000-${last.toString(16).padStart(12, '0')}`;
}

/** A serial number of its own for a certificate: of those in use a tenant has each once. */
export const serialOf = (certificateId: string): CertificateSerial =>
  `00F2${certificateId.slice(-12).toUpperCase()}` as CertificateSerial;

export const SELLER = '5265877635' as Nip;
export const CONTEXT: ContextIdentifier = { type: 'Nip', value: SELLER as string as ContextValue };
export const OTHER_CONTEXT: ContextIdentifier = { type: 'InternalId', value: '5265877635-00001' as ContextValue };
export const NOON = Temporal.Instant.from('2026-11-20T11:00:00.123456Z');
export const SESSION = '20261120-SB-1234567890-ABCDEF0123-45' as SessionReference;
export const REFERENCE = '20261120-EE-1234567890-ABCDEF0123-46' as InvoiceReference;
export const KSEF_NUMBER = '5265877635-20261120-0123456789AB-CD' as KsefNumber;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const hashOf = (bytes: Uint8Array): InvoiceHash =>
  invoiceHashFromBytes(new Uint8Array(createHash('sha256').update(bytes).digest()));

export interface Sample<I> {
  readonly invoice: I;
  readonly bytes: Uint8Array;
}

export interface SampleOptions {
  readonly number?: string;
  readonly context?: ContextIdentifier;
  readonly sizeBytes?: number;
}

export function aReceivedInvoice({
  number,
  context = CONTEXT,
  sizeBytes,
}: SampleOptions = {}): Sample<ReceivedInvoice> {
  const id = nextId() as InvoiceId;
  const bytes = bytesOf(`<Faktura>${id}</Faktura>`.padEnd(sizeBytes ?? 0, ' '));
  const invoice: ReceivedInvoice = {
    state: 'received',
    id,
    context,
    hash: hashOf(bytes),
    sizeBytes: bytes.length,
    receivedAt: NOON,
    deliveryAttempts: 0,
    version: 0,
    facts: {
      formCode: FA3,
      kind: 'VAT',
      number: (number ?? `FV/${id}`) as InvoiceNumber,
      issueDate: Temporal.PlainDate.from('2026-11-20'),
      sellerNip: SELLER,
      sellerName: 'Zażółć gęślą jaźń sp. z o.o.',
      buyer: { kind: 'nip', nip: '7740001454' as Nip },
      currency: 'PLN',
      grossAmount: '1230.00' as DecimalText,
      selfBilling: false,
      hasAttachment: false,
      correctedKsefNumbers: [],
      correctedNumbers: [],
    },
  };
  return { invoice, bytes };
}

export function anOfflineIssue(issuedAt = NOON): OfflineIssue {
  return {
    mode: 'offline24',
    evidence: { kind: 'own-choice', reason: 'KSeF does not answer' },
    issuedAt,
    kodI: 'https://qr.ksef.mf.gov.pl/invoice/5265877635/20-11-2026/hash' as KodI,
    kodII: 'https://qr.ksef.mf.gov.pl/certificate/Nip/5265877635/5265877635/01F20A5D352AE590/hash/signature' as KodII,
    certificateSerial: '01F20A5D352AE590' as CertificateSerial,
  };
}

export function anOnlineIssue(): OnlineIssue {
  const { evidence, issuedAt, kodI } = anOfflineIssue();
  return { mode: 'online', evidence, issuedAt, kodI };
}

export function anIssuedInvoice(options: SampleOptions = {}): Sample<IssuedInvoice> {
  const { invoice, bytes } = aReceivedInvoice(options);
  return { invoice: { ...invoice, state: 'issued', issue: anOfflineIssue() }, bytes };
}

export function inSession(invoice: IssuedInvoice, batchId: BatchId): InSessionInvoice {
  return { ...invoice, state: 'in-session', delivery: { channel: 'batch', batchId, session: SESSION } };
}

export const ACCEPTANCE = {
  ksefNumber: KSEF_NUMBER,
  session: SESSION,
  invoice: REFERENCE,
  invoicingDate: Temporal.Instant.from('2026-11-20T12:00:00.000001Z'),
};

export const REFUSAL = {
  code: 450,
  description: 'Błąd weryfikacji semantyki dokumentu faktury',
  details: ['P_13_1: "brak"'],
  advice: 'Correct it.',
};

export function dueOn(day: string): Extract<Deadline, { kind: 'due' }> {
  const date = Temporal.PlainDate.from(day);
  return {
    kind: 'due',
    day: date,
    endsAt: date.toZonedDateTime('Europe/Warsaw').add({ days: 1 }).toInstant().subtract({ milliseconds: 1 }),
    regime: 'offline24',
    basis: 'art. 106nda(2)',
    explanation: [`Due on ${day}.`],
    calendarVersion: '2026-1',
  };
}

export function aPlannedBatch(invoiceCount = 1, context = CONTEXT): PlannedBatch {
  return {
    state: 'planned',
    id: nextId() as BatchId,
    context,
    formCode: FA3,
    invoiceCount,
    plannedAt: NOON,
    version: 0,
    openAttempts: 0,
  };
}

export function aSealedPackage(parts = 2): SealedPackage {
  return {
    compression: 'tar.gz',
    sizeBytes: 1_000,
    sha256: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=',
    parts: Array.from({ length: parts }, (_, at) => ({
      ordinal: (at + 1) as PartOrdinal,
      sizeBytes: 512,
      sha256: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=',
    })),
    sealedSessionKey: Uint8Array.from({ length: 60 }, (_, at) => at),
    initializationVector: Uint8Array.from({ length: 16 }, (_, at) => 255 - at),
  };
}

export const aTenantId = (): TenantId => nextId() as TenantId;
