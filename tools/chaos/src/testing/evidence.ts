import { createHash } from 'node:crypto';
import type { Change, EventRow, Evidence, InvoiceRow } from '../oracle/evidence.js';
import { planSeed } from '../plan.js';
import type { Message } from '../world/receiver.js';
import type { ChaosSystem } from '../world/system.js';

const TENANTS = ['11111111-0000-4000-8000-000000000001', '22222222-0000-4000-8000-000000000002'];
const NIP = '5265877635';
const DOCUMENTS = [Buffer.from('<Faktura>1</Faktura>'), Buffer.from('<Faktura>2</Faktura>')];
const OFFLINE_AT = '2026-11-20T10:00:00.000Z';

export const IDS = ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002'];
/** With their checksums, written out. */
export const NUMBERS = ['5265877635-20261120-0100A0A0A0A0-99', '5265877635-20261120-0200A0A0A0A0-B8'];
export const HASHES = DOCUMENTS.map((bytes) => createHash('sha256').update(bytes).digest('base64'));

const inUrl = (hash: string): string => Buffer.from(hash, 'base64').toString('base64url');

const rowOf = (at: number): InvoiceRow => {
  const [id = '', hash = '', number = ''] = [IDS[at], HASHES[at], NUMBERS[at]];
  return {
    ...{
      id,
      tenant_id: TENANTS[0] ?? '',
      context_value: NIP,
      seller_nip: NIP,
      kind: 'VAT',
      number: `FV/${String(at)}`,
    },
    ...{
      issue_date: '2026-11-20',
      sha256: hash,
      state: 'complete',
      mode: 'offline24',
      mode_evidence: { kind: 'own-choice' },
    },
    issued_at: new Date(OFFLINE_AT),
    kod_i: `https://qr-test.ksef.mf.gov.pl/invoice/${NIP}/20-11-2026/${inUrl(hash)}`,
    kod_ii: `https://qr-test.ksef.mf.gov.pl/certificate/Nip/${NIP}/${NIP}/0123456789ABCDEF/${inUrl(hash)}/c2ln`,
    ...{ batch_id: 'b', ksef_number: number, refusal: null, document: DOCUMENTS[at] ?? null },
    evidence: Buffer.from(
      `<ds:Reference URI="${id}.xml"><ds:DigestValue>${hash}</ds:DigestValue></ds:Reference><ds:Reference URI="#p"><ds:DigestValue>x</ds:DigestValue></ds:Reference>`,
    ),
    term_kind: 'due',
    term_ends_at: new Date('2026-11-23T22:59:59.999Z'),
  };
};

export const upoOf = (at: number): string =>
  `<Potwierdzenie><Dokument><NumerKSeFDokumentu>${NUMBERS[at] ?? ''}</NumerKSeFDokumentu><SkrotDokumentu>${HASHES[at] ?? ''}</SkrotDokumentu></Dokument></Potwierdzenie>`;

const TOLD = ['issued', 'accepted', 'complete'];

/** Both invoices side by side: places 1 to 6. */
const eventsOf = (): readonly EventRow[] =>
  TOLD.flatMap((state) => IDS.map((subject) => ({ type: `invoice.${state}`, subject }))).map((event, at) => ({
    ...{ tenant_id: TENANTS[0] ?? '', sequence: at + 1, ...event },
  }));

/** Each event once, but for the first, which was refused and came again. */
const messagesOf = (): readonly Message[] => {
  const messages = eventsOf().map(({ tenant_id: tenantId, sequence, type, subject }) => ({
    ...{ tenantId, id: `evt_000000000001_${String(sequence)}`, type, subject, isSigned: true, isTaken: true },
  }));
  return [...messages.slice(0, 1).map((first) => ({ ...first, isTaken: false })), ...messages];
};

const PATH = ['issued', 'planned', 'in-session', 'accepted', 'complete'];

function historyOf(at: number): readonly Omit<Change, 'seq'>[] {
  const row = rowOf(at);
  const issue = { mode: row.mode, mode_evidence: row.mode_evidence, kod_i: row.kod_i, kod_ii: row.kod_ii };
  return PATH.flatMap((state, step) => {
    const before = { state: PATH[step - 1], ...issue };
    const session = step < 2 ? null : 'SB-1';
    const common = {
      at: new Date(Date.parse(OFFLINE_AT) + (step < 3 ? step : 60 + step) * 1000),
      xid: `${String(at)}${String(step)}`,
      process: 'worker-1.1',
      id: row.id,
    };
    return [
      {
        ...common,
        relation: 'invoice' as const,
        before: step === 0 ? null : { ...before, session_reference: step < 3 ? null : 'SB-1' },
        after: { state, ...issue, session_reference: session, channel: step === 0 ? null : 'batch' },
      },
      { ...common, relation: 'audit' as const, before: null, after: { action: `invoice.${state}`, kind: 'invoice' } },
      ...(TOLD.includes(state)
        ? [{ ...common, relation: 'event' as const, before: null, after: { type: `invoice.${state}` } }]
        : []),
    ];
  });
}

function batchHistory(): readonly Omit<Change, 'seq'>[] {
  const common = { at: new Date(OFFLINE_AT), xid: '99', process: 'worker-1.1', id: 'b' };
  const held = { fence: 1, lease_owner: 'worker@host/4711' };
  return [
    {
      ...common,
      relation: 'batch',
      before: { state: 'planned', version: 0, ...held },
      after: { state: 'packed', version: 1, ...held },
    },
    { ...common, relation: 'audit', before: null, after: { action: 'batch.packed', kind: 'batch' } },
  ];
}

/** Two invoices that went all the way in one batch, seen from all sides. */
export function anEvidence(apiUrl: string): Evidence {
  const invoices = [rowOf(0), rowOf(1)];
  const system = {
    api: { url: apiUrl },
    ksef: { document: (number: string) => Promise.resolve(DOCUMENTS[NUMBERS.indexOf(number)]) },
    tenants: [
      { tenantId: TENANTS[0], apiKey: 'a', contextNip: NIP },
      { tenantId: TENANTS[1], apiKey: 'b', contextNip: '7792433875' },
    ],
    lives: () => [
      { application: 'worker-1.1', pid: 4711 },
      { application: 'worker-2.1', pid: 4712 },
    ],
  };
  const moves = [...PATH.slice(1).map((to, at) => `invoice ${PATH[at] ?? ''} ${to}`), 'batch planned packed'];
  return {
    plan: planSeed({ seed: 1, invoices: 2, workers: 2, jobs: true }),
    system: system as unknown as ChaosSystem,
    journal: invoices.map(({ id, number, sha256 }, at) => ({
      ...{ key: `k${String(at)}`, tenant: 0, sellerNip: NIP, number, kind: 'VAT', sha256 },
      answers: [{ status: 201, code: undefined, id, sha256, at: 0 }],
    })),
    outage: undefined,
    rest: { settled: true, realSeconds: 3, shiftedSeconds: 0, open: [] },
    invoices,
    batches: [{ id: 'b', tenant_id: TENANTS[0] ?? '', context_value: NIP, state: 'done', session_reference: 'SB-1' }],
    changes: [...historyOf(0), ...historyOf(1), ...batchHistory()].map((each, seq) => ({ ...each, seq })),
    corrections: [],
    alerts: invoices.map(({ id }) => ({ invoice_id: id, stage: '168h', due_at: new Date('2026-11-23T22:59:59.999Z') })),
    events: eventsOf(),
    messages: messagesOf(),
    listeners: new Set(TENANTS.slice(0, 1)),
    moves: new Set(moves),
    accepted: invoices.map(({ sha256, number, ksef_number: ksefNumber }) => ({
      ...{ ksefNumber: ksefNumber ?? '', invoiceHash: sha256, invoiceNumber: number, sellerNip: NIP, kind: 'VAT' },
      ...{ sessionReferenceNumber: 'SB-1', offlineDeclared: true, hashOfCorrectedInvoice: null },
    })),
    violations: [],
    sessions: [
      {
        ...{ referenceNumber: 'SB-1', type: 'Batch', context: { type: 'Nip', value: NIP }, code: 200 },
        ...{
          createdAt: '2026-11-20T10:00:00.000Z',
          closedAt: '2026-11-20T10:00:05.000Z',
          updatedAt: '2026-11-20T10:00:10.000Z',
        },
        invoices: invoices.map(({ sha256, ksef_number: ksefNumber }, at) => ({
          ...{ invoiceHash: sha256, ordinal: at + 1, code: 200, ksefNumber, hashOfCorrectedInvoice: null },
        })),
      },
    ],
    faults: [],
    bulletinsAt: [],
    recalculatedAt: new Map([[TENANTS[0] ?? '', [10, 20, 30].map((second) => Date.parse(OFFLINE_AT) + second * 1000)]]),
  };
}
