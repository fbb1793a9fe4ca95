import { createHash } from 'node:crypto';
import { ConcurrentUpdateError } from '../batch/batch-repository.port.js';
import type { BatchId } from '../batch/batch.js';
import type { DueTerm } from '../deadline/due-term.js';
import type { FormCode, InvoiceKind } from '../invoice/invoice-facts.js';
import { hashToBase64 } from '../invoice/invoice-hash.js';
import type {
  InvoiceFilter,
  InvoiceRepository,
  NumberTaken,
  StoredInvoice,
} from '../invoice/invoice-repository.port.js';
import {
  DISPLAY_STATUS,
  INVOICE_TRANSITIONS,
  type Invoice,
  type InvoiceId,
  type InvoiceState,
  type IssuedInvoice,
  type ReceivedInvoice,
} from '../invoice/invoice.js';
import { sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';

interface Row {
  readonly invoice: Invoice;
  readonly bytes: Uint8Array;
  readonly term?: DueTerm;
  readonly evidence?: Uint8Array;
  readonly upo?: Uint8Array;
  readonly trackAfterMs?: number;
}

/**
 * The invoices of one tenant, with what the port promises of a database: bytes that match their hash, one live invoice
 * for a seller, kind and number, optimistic versions, and no move outside INVOICE_TRANSITIONS.
 */
export class InMemoryInvoices implements InvoiceRepository {
  #rows = new Map<InvoiceId, Row>();

  constructor(private readonly clock: Clock) {}

  /** For the unit of work: gives back a function that undoes everything that happens from now on. */
  savepoint(): () => void {
    const rows = new Map(this.#rows);
    return () => (this.#rows = rows);
  }

  /** For assertions: every invoice in the order of its arrival. */
  get stored(): readonly Invoice[] {
    return [...this.#rows.values()].map(({ invoice }) => invoice);
  }

  add(invoice: ReceivedInvoice | IssuedInvoice, bytes: Uint8Array): Promise<Result<void, NumberTaken>> {
    const { sellerNip, kind, number } = invoice.facts;
    const taken = this.live(sellerNip, kind, number);
    if (taken !== undefined) return Promise.resolve(err({ code: 'INVOICE_NUMBER_TAKEN', invoiceId: taken.id }));
    if (this.#rows.has(invoice.id)) throw new Error(`invoice ${invoice.id} exists`);
    if (createHash('sha256').update(bytes).digest('base64') !== hashToBase64(invoice.hash)) {
      throw new Error(`invoice ${invoice.id}: its bytes do not have its hash`);
    }
    this.#rows.set(invoice.id, { invoice, bytes });
    return Promise.resolve(ok(undefined));
  }

  find(id: InvoiceId): Promise<StoredInvoice | undefined> {
    const row = this.#rows.get(id);
    return Promise.resolve(row === undefined ? undefined : stored(row));
  }

  findByNumber(sellerNip: string, kind: InvoiceKind, number: string): Promise<Invoice | undefined> {
    return Promise.resolve(this.live(sellerNip, kind, number));
  }

  save(invoice: Invoice): Promise<void> {
    const row = this.row(invoice.id);
    if (row.invoice.version !== invoice.version) {
      throw new ConcurrentUpdateError(`invoice ${invoice.id} is at version ${String(row.invoice.version)}`);
    }
    const allowed: readonly InvoiceState[] = INVOICE_TRANSITIONS[row.invoice.state];
    if (!allowed.includes(invoice.state)) {
      throw new Error(`invoice ${invoice.id}: ${row.invoice.state} > ${invoice.state} is not in the table`);
    }
    this.#rows.set(invoice.id, { ...row, invoice: { ...invoice, version: invoice.version + 1 } });
    return Promise.resolve();
  }

  async saveAll(invoices: readonly Invoice[]): Promise<void> {
    for (const invoice of invoices) await this.save(invoice);
  }

  saveTerm(id: InvoiceId, term: DueTerm): Promise<void> {
    this.#rows.set(id, { ...this.row(id), term });
    return Promise.resolve();
  }

  list(filter: InvoiceFilter, limit: number, after?: InvoiceId): Promise<readonly StoredInvoice[]> {
    const rows = [...this.#rows.values()].reverse();
    const from = after === undefined ? 0 : rows.findIndex(({ invoice }) => invoice.id === after) + 1;
    return Promise.resolve(
      rows
        .slice(from)
        .filter((row) => matches(row, filter))
        .slice(0, limit)
        .map(stored),
    );
  }

  lockAwaiting(
    context: ContextIdentifier,
    formCode: FormCode,
    limit: { readonly invoices: number; readonly bytes: number },
    only?: readonly InvoiceId[],
  ): Promise<readonly IssuedInvoice[]> {
    const waiting = [...this.#rows.values()]
      .filter(({ invoice }) => sameContext(invoice.context, context) && invoice.facts.formCode.value === formCode.value)
      .filter(({ invoice }) => (only === undefined ? this.mayGo(invoice) : only.includes(invoice.id)))
      .filter(({ term }) => term?.deadline.kind !== 'none')
      .sort((a, b) => endsAtMs(a) - endsAtMs(b));
    const locked: IssuedInvoice[] = [];
    let bytes = 0;
    for (const { invoice } of waiting) {
      if (invoice.state !== 'issued') continue;
      bytes += invoice.sizeBytes;
      if (locked.length === limit.invoices || bytes > limit.bytes) break;
      locked.push(invoice);
    }
    return Promise.resolve(locked);
  }

  inBatch(batchId: BatchId, states?: readonly InvoiceState[]): Promise<readonly Invoice[]> {
    return Promise.resolve(
      this.ofBatch(batchId)
        .map(({ invoice }) => invoice)
        .filter(({ state }) => states?.includes(state) ?? true),
    );
  }

  unresolvedInteractive(limit: number): Promise<readonly Invoice[]> {
    const owed = [...this.#rows.values()].filter(({ invoice, trackAfterMs = 0 }) => {
      if (trackAfterMs > this.clock.now().epochMilliseconds) return false;
      if (invoice.state === 'received') return true;
      if (invoice.state !== 'in-session' && invoice.state !== 'accepted') return false;
      return invoice.delivery.channel === 'interactive';
    });
    owed.sort((a, b) => (a.trackAfterMs ?? 0) - (b.trackAfterMs ?? 0));
    return Promise.resolve(owed.slice(0, limit).map(({ invoice }) => invoice));
  }

  postponeTracking(id: InvoiceId, seconds: number): Promise<void> {
    this.#rows.set(id, { ...this.row(id), trackAfterMs: this.clock.now().epochMilliseconds + seconds * 1000 });
    return Promise.resolve();
  }

  private mayGo(invoice: Invoice): boolean {
    if (invoice.state !== 'issued' || invoice.notBefore === undefined) return true;
    return invoice.notBefore.epochMilliseconds <= this.clock.now().epochMilliseconds;
  }

  /** For the stores of terms and alerts: what KSeF does not have yet, by id. */
  get waiting(): readonly StoredInvoice[] {
    return [...this.#rows.values()]
      .filter(({ invoice }) => isWaiting(invoice))
      .sort((a, b) => (a.invoice.id < b.invoice.id ? -1 : 1))
      .map(stored);
  }

  bytes(id: InvoiceId): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#rows.get(id)?.bytes);
  }

  documentsOfBatch(batchId: BatchId, limit: number, after?: InvoiceId) {
    const documents = this.ofBatch(batchId)
      .filter(({ invoice }) => after === undefined || invoice.id > after)
      .slice(0, limit)
      .map(({ invoice, bytes }) => ({ id: invoice.id, hash: invoice.hash, bytes }));
    return Promise.resolve(documents);
  }

  addEvidence(id: InvoiceId, xades: Uint8Array): Promise<void> {
    this.#rows.set(id, { ...this.row(id), evidence: xades });
    return Promise.resolve();
  }

  evidence(id: InvoiceId): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#rows.get(id)?.evidence);
  }

  addUpo(id: InvoiceId, upo: Uint8Array): Promise<void> {
    this.#rows.set(id, { ...this.row(id), upo });
    return Promise.resolve();
  }

  upo(id: InvoiceId): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#rows.get(id)?.upo);
  }

  private row(id: InvoiceId): Row {
    const row = this.#rows.get(id);
    if (row === undefined) throw new Error(`no invoice ${id}`);
    return row;
  }

  private live(sellerNip: string, kind: InvoiceKind, number: string): Invoice | undefined {
    return this.stored.find(
      ({ state, facts }) =>
        state !== 'not-issued' && facts.sellerNip === sellerNip && facts.kind === kind && facts.number === number,
    );
  }

  /** Ordered by id. */
  private ofBatch(batchId: BatchId): readonly Row[] {
    return [...this.#rows.values()]
      .filter(({ invoice }) => {
        if (!('delivery' in invoice)) return false;
        return invoice.delivery.channel === 'batch' && invoice.delivery.batchId === batchId;
      })
      .sort((a, b) => (a.invoice.id < b.invoice.id ? -1 : 1));
  }
}

const stored = ({ invoice, term }: Row): StoredInvoice => ({ invoice, ...(term === undefined ? {} : { term }) });

/** Issued offline and not with KSeF yet. */
function isWaiting(invoice: Invoice): boolean {
  if (!('issue' in invoice) || invoice.issue.mode === 'online') return false;
  return invoice.state !== 'accepted' && invoice.state !== 'complete';
}

/** An open deadline comes after every day. */
function endsAtMs({ term }: Row): number {
  return term?.deadline.kind === 'due' ? term.deadline.endsAt.epochMilliseconds : Number.POSITIVE_INFINITY;
}

function matches(row: Row, filter: InvoiceFilter): boolean {
  const { invoice } = row;
  const { status, mode, context, number, dueBefore } = filter;
  const wanted = [
    status === undefined || DISPLAY_STATUS[invoice.state] === status,
    mode === undefined || modeOf(invoice) === mode,
    context === undefined || sameContext(invoice.context, context),
    number === undefined || invoice.facts.number === number,
    dueBefore === undefined || endsAtMs(row) < dueBefore.epochMilliseconds,
  ];
  return wanted.every((yes) => yes);
}

const modeOf = (invoice: Invoice) => ('issue' in invoice ? invoice.issue.mode : undefined);
