import {
  deadlineFor,
  FA3,
  polishBusinessDays,
  Temporal,
  type Acceptance,
  type AvailabilityBulletin,
  type ContextIdentifier,
  type DueTerm,
  type EnteredBy,
  type InvoiceHash,
  type InvoiceId,
  type IssuedInvoice,
  type LegalRecords,
  type OfflineIssue,
  type OnlineIssue,
} from '@latarnik/domain';

export const instant = (text: string) => Temporal.Instant.from(text);

export const CONTEXT: ContextIdentifier = { type: 'Nip', value: '5265877635' as ContextIdentifier['value'] };

export const NO_RECORDS: LegalRecords = {
  bulletins: [],
  confirmations: [],
  policyChanges: [],
  housePolicyDecisions: [],
};

/** The start of a failure, as Latarnia announces it. */
export function aMessage(overrides: Partial<AvailabilityBulletin> = {}): AvailabilityBulletin {
  return {
    id: 'K/2026/AWR/01',
    version: 1,
    eventId: '1001',
    category: 'failure',
    type: 'start',
    title: 'Awaria KSeF',
    text: 'Trwa awaria KSeF.',
    source: 'latarnia',
    start: instant('2026-11-23T08:00:00Z'),
    publishedAt: instant('2026-11-23T08:05:00Z'),
    fetchedAt: instant('2026-11-23T08:06:00Z'),
    ...overrides,
  };
}

export const by = (person: string, actor: string): EnteredBy => ({ person, actor, readAt: 'https://podatki.gov.pl/1' });

export const OFFLINE_ISSUE: OfflineIssue = {
  mode: 'offline24',
  evidence: { kind: 'own-choice', reason: 'The issuer chose offline24.' },
  issuedAt: instant('2026-11-20T10:00:00Z'),
  kodI: 'https://qr-test.ksef.mf.gov.pl/invoice/1' as OfflineIssue['kodI'],
  kodII: 'https://qr-test.ksef.mf.gov.pl/certificate/1' as OfflineIssue['kodII'],
  certificateSerial: '01F20A5D352AE590' as OfflineIssue['certificateSerial'],
};

export const ONLINE_ISSUE: OnlineIssue = {
  mode: 'online',
  evidence: { kind: 'own-choice', reason: 'KSeF answers, and no announced outage covers the invoice.' },
  issuedAt: OFFLINE_ISSUE.issuedAt,
  kodI: OFFLINE_ISSUE.kodI,
};

export const ACCEPTANCE: Acceptance = {
  ksefNumber: '5265877635-20261120-0100001AF629-AF' as Acceptance['ksefNumber'],
  session: '20261120-SO-1' as Acceptance['session'],
  invoice: '20261120-EE-1' as NonNullable<Acceptance['invoice']>,
  invoicingDate: instant('2026-11-20T10:00:05Z'),
  invoicingMode: 'online',
};

/** Issued as offline24 on Friday 20 November 2026. */
export const ISSUED: IssuedInvoice = {
  state: 'issued',
  id: '01a1f834-164a-77db-9836-0c0ab5cedcd8' as InvoiceId,
  context: CONTEXT,
  facts: {
    formCode: FA3,
    kind: 'VAT',
    number: 'FV/2026/11/0001' as IssuedInvoice['facts']['number'],
    issueDate: Temporal.PlainDate.from('2026-11-20'),
    sellerNip: '5265877635' as IssuedInvoice['facts']['sellerNip'],
    sellerName: 'Sprzedawca sp. z o.o.',
    buyer: { kind: 'none' },
    buyerName: 'Nabywca',
    currency: 'PLN',
    grossAmount: '123.00' as IssuedInvoice['facts']['grossAmount'],
    selfBilling: false,
    hasAttachment: false,
    correctedKsefNumbers: [],
    correctedNumbers: [],
  },
  hash: new Uint8Array(32) as InvoiceHash,
  sizeBytes: 4312,
  receivedAt: OFFLINE_ISSUE.issuedAt,
  deliveryAttempts: 0,
  version: 1,
  issue: OFFLINE_ISSUE,
};

/** The term of an invoice dated 20 November 2026 when nothing is announced: Monday. */
export const MONDAY_TERM: DueTerm = {
  deadline: deadlineFor(
    { issueDate: ISSUED.facts.issueDate, issuedAt: OFFLINE_ISSUE.issuedAt, declared: 'offline24' },
    [],
    polishBusinessDays(),
  ),
};
