import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { JournalEntry } from '../client/journal.js';
import type { OutageHistory } from '../nemesis.js';
import type { SeedPlan } from '../plan.js';
import type { Rest } from '../quiesce.js';
import type { AcceptedEntry, Fault, WitnessedSession } from '../world/ksef.js';
import type { Message } from '../world/receiver.js';
import type { ChaosSystem } from '../world/system.js';

/** An invoice as our database has it. Binary values are Base64. */
export interface InvoiceRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly context_value: string;
  readonly seller_nip: string;
  readonly kind: string;
  readonly number: string;
  readonly issue_date: string;
  readonly sha256: string;
  readonly state: string;
  readonly mode: string | null;
  readonly mode_evidence: unknown;
  readonly issued_at: Date | null;
  readonly kod_i: string | null;
  readonly kod_ii: string | null;
  readonly batch_id: string | null;
  readonly ksef_number: string | null;
  readonly refusal: { readonly code?: number; readonly advice?: string } | null;
  readonly document: Buffer | null;
  readonly evidence: Buffer | null;
  readonly term_kind: string | null;
  readonly term_ends_at: Date | null;
}

export interface BatchRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly context_value: string;
  readonly state: string;
  readonly session_reference: string | null;
}

/** A change of a row, as the instruments saw it. */
export interface Change {
  readonly seq: number;
  readonly at: Date;
  readonly xid: string;
  /** The life of the process that wrote it. */
  readonly process: string;
  readonly relation: 'invoice' | 'batch' | 'audit' | 'event';
  readonly id: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>>;
}

/** A file of an invoice that came after the one that was issued (korekta techniczna). */
export interface CorrectionRow {
  readonly invoice_id: string;
  readonly sha256: string;
  readonly state: string;
  readonly document: Buffer;
}

export interface AlertRow {
  readonly invoice_id: string;
  readonly stage: string;
  readonly due_at: Date;
}

/** An event of the outbox. */
export interface EventRow {
  readonly tenant_id: string;
  /** Its place in the order of its tenant; null before it has one. */
  readonly sequence: number | null;
  readonly type: string;
  readonly subject: string;
}

/** All that the verdict rests on: the clients' journal, our database, the ledger of KSeF, and the logs. */
export interface Evidence {
  readonly plan: SeedPlan;
  readonly system: ChaosSystem;
  readonly journal: readonly JournalEntry[];
  readonly outage: OutageHistory | undefined;
  readonly rest: Rest;
  readonly invoices: readonly InvoiceRow[];
  readonly batches: readonly BatchRow[];
  readonly changes: readonly Change[];
  readonly corrections: readonly CorrectionRow[];
  readonly alerts: readonly AlertRow[];
  /** By tenant and place. */
  readonly events: readonly EventRow[];
  readonly messages: readonly Message[];
  /** Tenants that have a receiver of events. */
  readonly listeners: ReadonlySet<string>;
  readonly moves: ReadonlySet<string>;
  readonly accepted: readonly AcceptedEntry[];
  readonly violations: readonly unknown[];
  readonly sessions: readonly WitnessedSession[];
  readonly faults: readonly Fault[];
  /** Moments at which a message of Latarnia was stored. */
  readonly bulletinsAt: readonly number[];
  /** Moments at which a worker says to have derived a tenant's deadlines anew, ascending. */
  readonly recalculatedAt: ReadonlyMap<string, readonly number[]>;
}

export async function gather(
  client: pg.Client,
  system: ChaosSystem,
  known: Pick<Evidence, 'plan' | 'journal' | 'outage' | 'rest'>,
): Promise<Evidence> {
  const rows = async <R>(sql: string): Promise<readonly R[]> => (await client.query(sql)).rows as readonly R[];
  const { accepted, violations } = await system.ksef.ledger();
  const moves = await rows<{ move: string }>(
    `SELECT 'invoice ' || from_state || ' ' || to_state AS move FROM invoice_transition
     UNION ALL SELECT 'batch ' || from_state || ' ' || to_state FROM batch_transition`,
  );
  const listeners = await rows<{ tenant_id: string }>("SELECT tenant_id FROM webhook WHERE state <> 'deleted'");
  const bulletins = await rows<{ fetched_at: Date }>('SELECT fetched_at FROM bulletin ORDER BY fetched_at');
  return {
    ...known,
    system,
    invoices: await rows<InvoiceRow>(INVOICES),
    batches: await rows<BatchRow>('SELECT id, tenant_id, context_value, state, session_reference FROM batch'),
    changes: (await rows<Omit<Change, 'seq'> & { seq: string }>('SELECT * FROM chaos.change ORDER BY seq')).map(
      (change) => ({ ...change, seq: Number(change.seq) }),
    ),
    corrections: await rows<CorrectionRow>(CORRECTIONS),
    alerts: await rows<AlertRow>('SELECT invoice_id, stage, due_at FROM alert'),
    events: await rows<EventRow>(EVENTS),
    messages: system.messages(),
    listeners: new Set(listeners.map(({ tenant_id: tenant }) => tenant)),
    moves: new Set(moves.map(({ move }) => move)),
    accepted: accepted as readonly AcceptedEntry[],
    violations,
    sessions: await system.ksef.sessions(),
    faults: await system.ksef.faultJournal(),
    bulletinsAt: bulletins.map(({ fetched_at }) => fetched_at.getTime()),
    recalculatedAt: recalculations(await logsOf(system.directory)),
  };
}

const CORRECTIONS = `
  SELECT invoice_id, encode(technical_correction.sha256, 'base64') AS sha256, state, document.bytes AS document
  FROM technical_correction JOIN technical_correction_document AS document
    ON document.tenant_id = technical_correction.tenant_id AND document.correction_id = technical_correction.id`;

const INVOICES = `
  SELECT invoice.id, invoice.tenant_id, invoice.context_value, seller_nip, invoice.kind, number, invoice.issue_date::text,
    encode(invoice.sha256, 'base64') AS sha256, state, invoice.mode, mode_evidence, invoice.issued_at, kod_i, kod_ii,
    batch_id, ksef_number, refusal, document.bytes AS document, evidence.xades AS evidence,
    term.kind AS term_kind, term.ends_at AS term_ends_at
  FROM invoice
    LEFT JOIN invoice_document AS document ON document.tenant_id = invoice.tenant_id AND document.invoice_id = invoice.id
    LEFT JOIN invoice_evidence AS evidence ON evidence.tenant_id = invoice.tenant_id AND evidence.invoice_id = invoice.id
    LEFT JOIN invoice_term AS term ON term.tenant_id = invoice.tenant_id AND term.invoice_id = invoice.id
  ORDER BY invoice.id`;

const EVENTS = `
  SELECT tenant_id, sequence::integer, type, subject FROM outbox_event ORDER BY tenant_id, sequence NULLS LAST, id`;

const RECALCULATED = /"at":"([^"]+)"[^\n]*"event":"worker.deadlines","tenant":"([^"]+)"/g;

function recalculations(logs: readonly { readonly text: string }[]): ReadonlyMap<string, readonly number[]> {
  const moments = new Map<string, number[]>();
  for (const { text } of logs) {
    for (const [, at = '', tenant = ''] of text.matchAll(RECALCULATED)) {
      moments.set(
        tenant,
        [...(moments.get(tenant) ?? []), Date.parse(at)].sort((a, b) => a - b),
      );
    }
  }
  return moments;
}

/** Every log of the seed, by file. */
export async function logsOf(directory: string): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.log'));
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(join(directory, file), 'utf8') })));
}
