import type { BatchId } from '../batch/batch.js';
import { hashToBase64, type InvoiceHash } from '../invoice/invoice-hash.js';
import { complete } from '../invoice/invoice-transitions.js';
import type { InSessionInvoice, InvoiceId } from '../invoice/invoice.js';
import type { UpoDocument, UpoEntry } from '../session/session-reader.port.js';
import type { InvoiceReference, SessionReference, UpoReference } from '../session/session-reference.js';
import type { BatchAlarm, BatchAlarms } from '../tracking/batch-alarms.port.js';
import { CALL_ATTEMPT_TRANSITIONS, type CallAttempt, type CallAttempts } from '../tracking/call-attempts.port.js';
import type { DeliveryTracking } from '../tracking/delivery-tracking.port.js';
import {
  SECOND_DELIVERY_TRANSITIONS,
  type SecondDeliveries,
  type SecondDelivery,
} from '../tracking/second-delivery.port.js';
import {
  compareRows,
  type AnsweredInvoice,
  type RowTally,
  type SessionRow,
  type SessionRows,
} from '../tracking/session-rows.port.js';
import { UNCHECKED, type ProvenInvoice, type StoredProof, type UpoDocuments } from '../tracking/upo-documents.port.js';
import type { InMemoryBatches } from './in-memory-batches.js';
import type { InMemoryInvoices } from './in-memory-invoices.js';

const FIRST_FINAL = 200;
const ACCEPTED = 200;

class InMemorySessionRows implements SessionRows {
  #rows = new Map<SessionReference, ReadonlyMap<InvoiceReference, SessionRow>>();

  constructor(private readonly invoices: InMemoryInvoices) {}

  savepoint(): () => void {
    const rows = new Map(this.#rows);
    return () => (this.#rows = rows);
  }

  record(session: SessionReference, rows: readonly SessionRow[]): Promise<void> {
    const known = new Map(this.#rows.get(session));
    for (const row of rows) {
      const before = known.get(row.reference);
      if (before !== undefined && before.code !== row.code && compareRows(before, row) < 0) continue;
      known.set(row.reference, row);
    }
    this.#rows.set(session, known);
    return Promise.resolve();
  }

  tally(batchId: BatchId, session: SessionReference): Promise<RowTally> {
    const rows = this.of(session);
    const content = this.invoices.contentOf(batchId);
    const listed = new Set(rows.map(({ hash }) => hashToBase64(hash)));
    return Promise.resolve({
      rows: rows.length,
      accepted: rows.filter(({ code }) => code === ACCEPTED).length,
      unfinished: rows.filter(({ code }) => code < FIRST_FINAL).length,
      missing: [...content].filter((hash) => !listed.has(hash)).length,
      foreign: rows.filter(({ hash }) => !content.has(hashToBase64(hash))).length,
    });
  }

  async answered(
    batchId: BatchId,
    session: SessionReference,
    codes: { readonly only: readonly number[] } | { readonly except: readonly number[] },
    limit: number,
  ): Promise<readonly AnsweredInvoice[]> {
    const open = (await this.invoices.inBatch(batchId, ['in-session'])) as readonly InSessionInvoice[];
    const rows = this.of(session);
    const wanted = (code: number) => ('only' in codes ? codes.only.includes(code) : !codes.except.includes(code));
    return open
      .flatMap((invoice) => {
        const own = rows.filter(({ hash }) => hashToBase64(hash) === hashToBase64(invoice.hash)).sort(compareRows);
        const [row] = own;
        return row !== undefined && row.code >= FIRST_FINAL && wanted(row.code) ? [{ invoice, row }] : [];
      })
      .sort((a, b) => this.invoices.endOf(a.invoice.id) - this.invoices.endOf(b.invoice.id))
      .slice(0, limit);
  }

  sessionsWith(hash: InvoiceHash): Promise<readonly SessionReference[]> {
    const wanted = hashToBase64(hash);
    const found = [...this.#rows].filter(([, rows]) =>
      [...rows.values()].some((row) => hashToBase64(row.hash) === wanted),
    );
    return Promise.resolve(found.map(([session]) => session));
  }

  list(session: SessionReference, limit: number, after?: InvoiceReference): Promise<readonly SessionRow[]> {
    const rows = this.of(session)
      .filter(({ reference }) => after === undefined || reference > after)
      .sort((a, b) => (a.reference < b.reference ? -1 : 1));
    return Promise.resolve(rows.slice(0, limit));
  }

  private of(session: SessionReference): readonly SessionRow[] {
    return [...(this.#rows.get(session)?.values() ?? [])];
  }
}

class InMemoryUpoDocuments implements UpoDocuments {
  #pages = new Map<string, UpoDocument>();
  #references = new Map<InvoiceId, string>();

  constructor(private readonly invoices: InMemoryInvoices) {}

  savepoint(): () => void {
    const [pages, references] = [new Map(this.#pages), new Map(this.#references)];
    return () => {
      this.#pages = pages;
      this.#references = references;
    };
  }

  addPage(session: SessionReference, page: UpoReference, upo: UpoDocument): Promise<void> {
    const key = keyOf(session, page);
    if (!this.#pages.has(key)) this.#pages.set(key, upo);
    return Promise.resolve();
  }

  async completeByPage(
    session: SessionReference,
    page: UpoReference,
    entries: readonly UpoEntry[],
  ): Promise<readonly ProvenInvoice[]> {
    const key = keyOf(session, page);
    if (!this.#pages.has(key)) throw new Error(`page ${page} of session ${session} is not stored`);
    const named = new Set(entries.map(({ ksefNumber, hash }) => `${ksefNumber} ${hashToBase64(hash)}`));
    const proven: ProvenInvoice[] = [];
    for (const invoice of this.invoices.stored) {
      if (invoice.state !== 'accepted') continue;
      const { ksefNumber } = invoice.acceptance;
      if (!named.has(`${ksefNumber} ${hashToBase64(invoice.hash)}`)) continue;
      await this.invoices.save(complete(invoice));
      this.#references.set(invoice.id, key);
      proven.push({ id: invoice.id, ksefNumber });
    }
    return proven;
  }

  proofOf(id: InvoiceId): Promise<StoredProof | undefined> {
    const own = this.invoices.ownUpo(id);
    if (own !== undefined)
      return Promise.resolve({ kind: 'own', bytes: own.bytes, signature: own.signature ?? UNCHECKED });
    const key = this.#references.get(id);
    const page = key === undefined ? undefined : this.#pages.get(key);
    return Promise.resolve(
      page === undefined ? undefined : { kind: 'page', bytes: page.bytes, signature: page.signature ?? UNCHECKED },
    );
  }
}

const keyOf = (session: SessionReference, page: UpoReference): string => `${session}/${page}`;

class InMemoryCallAttempts implements CallAttempts {
  #attempts: readonly CallAttempt[] = [];

  constructor(
    private readonly invoices: InMemoryInvoices,
    private readonly batches: InMemoryBatches,
  ) {}

  savepoint(): () => void {
    const attempts = this.#attempts;
    return () => (this.#attempts = attempts);
  }

  begin(attempt: CallAttempt): Promise<void> {
    this.#attempts = [...this.#attempts, attempt];
    return Promise.resolve();
  }

  settle(next: CallAttempt): Promise<void> {
    const before = this.#attempts.find(({ id }) => id === next.id);
    const allowed: readonly string[] = before === undefined ? [] : CALL_ATTEMPT_TRANSITIONS[before.state];
    if (!allowed.includes(next.state)) throw new Error(`call ${next.id}: no move to ${next.state}`);
    this.#attempts = this.#attempts.map((attempt) => (attempt === before ? next : attempt));
    return Promise.resolve();
  }

  ofBatch(batchId: BatchId): Promise<readonly CallAttempt[]> {
    return Promise.resolve(this.#attempts.filter((attempt) => attempt.batchId === batchId));
  }

  knownSessions(sessions: readonly SessionReference[]): Promise<readonly SessionReference[]> {
    const known = new Set<string | undefined>([
      ...this.batches.stored.map((batch) => ('session' in batch ? batch.session : undefined)),
      ...this.invoices.stored.map((invoice) => ('delivery' in invoice ? invoice.delivery.session : undefined)),
      ...this.#attempts.flatMap((attempt) => (attempt.state === 'resolved' ? attempt.orphans : [])),
    ]);
    return Promise.resolve(sessions.filter((session) => known.has(session)));
  }
}

class InMemoryBatchAlarms implements BatchAlarms {
  #alarms = new Map<BatchId, readonly BatchAlarm[]>();

  savepoint(): () => void {
    const alarms = new Map(this.#alarms);
    return () => (this.#alarms = alarms);
  }

  raise(batchId: BatchId, alarm: BatchAlarm): Promise<boolean> {
    const before = this.#alarms.get(batchId) ?? [];
    if (before.some(({ kind }) => kind === alarm.kind)) return Promise.resolve(false);
    this.#alarms.set(batchId, [...before, alarm]);
    return Promise.resolve(true);
  }

  of(batchId: BatchId): Promise<readonly BatchAlarm[]> {
    return Promise.resolve(this.#alarms.get(batchId) ?? []);
  }
}

class InMemorySecondDeliveries implements SecondDeliveries {
  #deliveries = new Map<BatchId, SecondDelivery>();

  savepoint(): () => void {
    const deliveries = new Map(this.#deliveries);
    return () => (this.#deliveries = deliveries);
  }

  find(batchId: BatchId): Promise<SecondDelivery | undefined> {
    return Promise.resolve(this.#deliveries.get(batchId));
  }

  save(delivery: SecondDelivery): Promise<void> {
    const before = this.#deliveries.get(delivery.batchId);
    const allowed: readonly string[] = before === undefined ? ['proposed'] : SECOND_DELIVERY_TRANSITIONS[before.state];
    if (!allowed.includes(delivery.state)) throw new Error(`second delivery: no move to ${delivery.state}`);
    this.#deliveries.set(delivery.batchId, delivery);
    return Promise.resolve();
  }
}

/** What is recorded of deliveries, with what the ports promise of a database. */
export class InMemoryTracking implements DeliveryTracking {
  readonly rows: InMemorySessionRows;
  readonly upos: InMemoryUpoDocuments;
  readonly attempts: InMemoryCallAttempts;
  readonly alarms = new InMemoryBatchAlarms();
  readonly secondDeliveries = new InMemorySecondDeliveries();

  constructor(invoices: InMemoryInvoices, batches: InMemoryBatches) {
    this.rows = new InMemorySessionRows(invoices);
    this.upos = new InMemoryUpoDocuments(invoices);
    this.attempts = new InMemoryCallAttempts(invoices, batches);
  }

  savepoint(): () => void {
    const { rows, upos, attempts, alarms, secondDeliveries } = this;
    const undo = [rows, upos, attempts, alarms, secondDeliveries].map((store) => store.savepoint());
    return () => {
      for (const restore of undo) restore();
    };
  }
}
