import type { CertificateId, CertificateSerial, OfflineCertificate, SealedKey } from '../certificate/certificate.js';
import type { AuthenticationCertificate } from '../certificate/certificate.js';
import { FA3, type DecimalText, type InvoiceFacts, type InvoiceNumber } from '../invoice/invoice-facts.js';
import type { Acceptance, InvoiceId, IssuedInvoice, OfflineIssue, ReceivedInvoice } from '../invoice/invoice.js';
import type { KsefNumber } from '../ksef-number/ksef-number.js';
import type { LegalRecords } from '../legal-situation/legal-archive.port.js';
import type { ContextIdentifier, ContextValue } from '../party/context-identifier.js';
import type { Nip } from '../party/nip.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import { Temporal } from '../shared/instant.js';
import type { TenantId } from '../tenant/tenant.js';
import type { KodI } from '../verification-code/kod-i.js';
import type { KodII } from '../verification-code/kod-ii.js';
import { plainDocument } from './plain-document.js';
import { sha256 } from './sha256.js';

export const TENANT = '10000000-0000-4000-8000-000000000001' as TenantId;
export const SELLER_NIP = '5265877635' as Nip;
export const OTHER_NIP = '7335255579' as Nip;
export const SELLER_CONTEXT: ContextIdentifier = { type: 'Nip', value: '5265877635' as ContextValue };
export const OTHER_CONTEXT: ContextIdentifier = { type: 'Nip', value: '7335255579' as ContextValue };
/** A Monday, no outage, an ordinary working day. */
export const MONDAY_11 = '2026-11-23T11:00:00+01:00';

export function someFacts(overrides: Partial<InvoiceFacts> = {}): InvoiceFacts {
  return {
    formCode: FA3,
    kind: 'VAT',
    number: 'FV/2026/11/0001' as InvoiceNumber,
    issueDate: Temporal.PlainDate.from('2026-11-23'),
    sellerNip: SELLER_NIP,
    sellerName: 'Sprzedawca sp. z o.o.',
    buyer: { kind: 'nip', nip: OTHER_NIP },
    buyerName: 'Nabywca S.A.',
    currency: 'PLN',
    grossAmount: '123.00' as DecimalText,
    selfBilling: false,
    hasAttachment: false,
    correctedKsefNumbers: [],
    correctedNumbers: [],
    ...overrides,
  };
}

/** An invoice stored for an online attempt; its bytes are the plain document with its number. */
export function aReceivedInvoice(
  number = 'FV/2026/11/0001',
  overrides: Partial<ReceivedInvoice> = {},
): ReceivedInvoice {
  const bytes = plainDocument({ number });
  return {
    state: 'received',
    id: `invoice-${number}` as InvoiceId,
    context: SELLER_CONTEXT,
    facts: someFacts({ number: number as InvoiceNumber }),
    hash: sha256(bytes),
    sizeBytes: bytes.length,
    receivedAt: Temporal.Instant.from(MONDAY_11),
    deliveryAttempts: 0,
    version: 0,
    ...overrides,
  };
}

export const AN_OFFLINE_ISSUE: OfflineIssue = {
  mode: 'offline24',
  evidence: { kind: 'own-choice', reason: 'The issuer chose offline24.' },
  issuedAt: Temporal.Instant.from(MONDAY_11),
  kodI: 'https://qr-test.ksef.mf.gov.pl/invoice/…' as KodI,
  kodII: 'https://qr-test.ksef.mf.gov.pl/certificate/…' as KodII,
  certificateSerial: '01F20A5D352AE590' as CertificateSerial,
};

/** An invoice issued as offline24 that waits for delivery; its bytes are the plain document with its number. */
export function anIssuedInvoice(number = 'FV/2026/11/0001', overrides: Partial<IssuedInvoice> = {}): IssuedInvoice {
  return { ...aReceivedInvoice(number), state: 'issued', issue: AN_OFFLINE_ISSUE, ...overrides };
}

export function anAcceptance(overrides: Partial<Acceptance> = {}): Acceptance {
  return {
    ksefNumber: '5265877635-20250826-0100001AF629-AF' as KsefNumber,
    session: 'session-1' as SessionReference,
    invoice: 'session-1/invoice-1' as InvoiceReference,
    invoicingDate: Temporal.Instant.from(MONDAY_11),
    ...overrides,
  };
}

/** Nothing was ever announced, entered or decided. */
export const NO_RECORDS: LegalRecords = {
  bulletins: [],
  confirmations: [],
  policyChanges: [],
  housePolicyDecisions: [],
};

export function anOfflineCertificate(overrides: Partial<OfflineCertificate> = {}): OfflineCertificate {
  return {
    purpose: 'offline',
    id: 'certificate-offline' as CertificateId,
    context: SELLER_CONTEXT,
    serial: '01F20A5D352AE590' as CertificateSerial,
    keyAlgorithm: 'ec-p256',
    der: Uint8Array.of(0x30, 0x00),
    subject: 'CN=Offline',
    notBefore: Temporal.Instant.from('2026-01-01T00:00:00Z'),
    notAfter: Temporal.Instant.from('2027-12-31T00:00:00Z'),
    sealedKey: Uint8Array.of(1) as SealedKey,
    ...overrides,
  };
}

export function anAuthenticationCertificate(
  overrides: Partial<AuthenticationCertificate> = {},
): AuthenticationCertificate {
  return {
    ...anOfflineCertificate(),
    purpose: 'authentication',
    id: 'certificate-login' as CertificateId,
    serial: '02F20A5D352AE590' as CertificateSerial,
    subject: 'CN=Login',
    ...overrides,
  };
}
