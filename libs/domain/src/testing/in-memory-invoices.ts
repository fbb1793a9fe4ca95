import { createHash } from 'node:crypto';
import { ConcurrentUpdateError } from '../batch/batch-repository.port.js';
import type { BatchId } from '../batch/batch.js';
import type { DueTerm } from '../deadline/due-term.js';
import { isBefore } from '../calendar/warsaw-time.js';
import type { InvoiceKind } from '../invoice/invoice-facts.js';
import { hashToBase64 } from '../invoice/invoice-hash.js';
import { enterSession, planInto } from '../invoice/invoice-transitions.js';
import type {
  AwaitingInvoice,
  AwaitingQuery,
  InvoiceFilter,
  InvoiceOrder,
  InvoiceRepository,
  NumberTaken,
  StoredInvoice,
} from '../invoice/invoice-repository.port.js';
import {
  DISPLAY_STATUS,
  INVOICE_TRANSITIONS,
  type AcceptedInvoice,
  type Invoice,
  type PlannedInvoice,
  type InSessionInvoice,
  type InvoiceId,
  type InvoiceState,
  type IssuedInvoice,
  type ReceivedInvoice,
} from '../invoice/invoice.js';
import { sameContext } from '../party/context-identifier.js';
import { correctionHold, isCorrective, type CorrectedInvoice } from '../sending/correction-hold.js';
import type { SessionReference } from '../session/session-reference.js';
import type { UpoSignature } from '../session/upo-verifier.port.js';
import type { Clock } from '../shared/clock.port.js';
import { Temporal, type Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';

interface Row {
  readonly invoice: Invoice;
  readonly bytes: Uint8Array;
  readonly term?: DueTerm;
  readonly evidence?: Uint8Array;
  readonly upo?: { readonly bytes: Uint8Array; readonly signature?: UpoSignature };
  readonly trackAfterMs?: number;
}

/**
 * The invoices of one tenant, with what the port promises of a database: bytes that match their hash, one live invoice
 * for a seller, kind and number, optimistic versions, and no move outside INVOICE_TRANSITIONS.
 */
export class InMemoryInvoices implements InvoiceRepository {
  #rows = new Map<InvoiceId, Row>();
  #content = new Map<BatchId, ReadonlySet<string>>();

  constructor(private readonly clock: Clock) {}

  /** For the unit of work: gives back a function that undoes everything that happens from now on. */
  savepoint(): () => void {
    const [rows, content] = [new Map(this.#rows), new Map(this.#content)];
    return () => {
      this.#rows = rows;
      this.#content = content;
    };
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
    this.keepContent(invoice);
    return Promise.resolve();
  }

  async saveAll(invoices: readonly Invoice[]): Promise<void> {
    for (const invoice of invoices) await this.save(invoice);
  }

  saveTerm(id: InvoiceId, term: DueTerm): Promise<void> {
    this.#rows.set(id, { ...this.row(id), term });
    return Promise.resolve();
  }

  list(
    filter: InvoiceFilter,
    limit: number,
    after?: InvoiceId,
    order: InvoiceOrder = 'newest',
  ): Promise<readonly StoredInvoice[]> {
    const rows = inOrder([...this.#rows.values()], order);
    const from = after === undefined ? 0 : rows.findIndex(({ invoice }) => invoice.id === after) + 1;
    return Promise.resolve(
      rows
        .slice(from)
        .filter((row) => matches(row, filter))
        .slice(0, limit)
        .map(stored),
    );
  }

  findAll(ids: readonly InvoiceId[]): Promise<readonly StoredInvoice[]> {
    return Promise.resolve(ids.flatMap((id) => this.#rows.get(id) ?? []).map(stored));
  }

  lockAwaiting({ limit, only, ...wanted }: AwaitingQuery): Promise<readonly AwaitingInvoice[]> {
    const waiting = [...this.#rows.values()]
      .filter((row) => isWanted(row, wanted) && fits(row.invoice, limit))
      .filter(({ invoice }) => (only === undefined ? this.mayGo(invoice) : only.includes(invoice.id)))
      .filter((row) => this.isFree(row.invoice, only !== undefined))
      .sort(inPlanningOrder);
    const locked: AwaitingInvoice[] = [];
    let bytes = 0;
    for (const { invoice } of waiting) {
      bytes += invoice.sizeBytes + limit.entryBytes;
      if (locked.length === limit.invoices || bytes > limit.bytes) break;
      locked.push({ id: invoice.id, sizeBytes: invoice.sizeBytes });
    }
    return Promise.resolve(locked);
  }

  lockTooLarge({ context, limit }: Pick<AwaitingQuery, 'context' | 'limit'>): Promise<readonly IssuedInvoice[]> {
    const waiting = [...this.#rows.values()].filter(({ term }) => term?.deadline.kind !== 'none');
    return Promise.resolve(
      waiting.flatMap(({ invoice }) => {
        if (invoice.state !== 'issued' || !sameContext(invoice.context, context)) return [];
        return invoice.sizeBytes > 1_000_000 && !fits(invoice, limit) ? [invoice] : [];
      }),
    );
  }

  async planAll(batchId: BatchId, ids: readonly InvoiceId[]): Promise<void> {
    for (const id of ids) {
      const { invoice } = this.row(id);
      if (invoice.state !== 'issued') throw new ConcurrentUpdateError(`invoice ${id} is ${invoice.state}`);
      await this.save(planInto(invoice, batchId));
    }
  }

  correctedBy(ids: readonly InvoiceId[]): Promise<ReadonlyMap<InvoiceId, readonly CorrectedInvoice[]>> {
    const corrective = ids
      .flatMap((id) => this.#rows.get(id) ?? [])
      .filter(({ invoice }) => isCorrective(invoice.facts));
    return Promise.resolve(new Map(corrective.map(({ invoice }) => [invoice.id, this.originalsOf(invoice)])));
  }

  corrected(sellerNip: string, numbers: readonly string[]): Promise<readonly CorrectedInvoice[]> {
    const named = [...this.#rows.values()].filter(
      ({ invoice: { facts } }) => facts.sellerNip === sellerNip && numbers.includes(facts.number),
    );
    return Promise.resolve(named.map(asCorrected));
  }

  inBatch(batchId: BatchId, states?: readonly InvoiceState[]): Promise<readonly Invoice[]> {
    return Promise.resolve(
      this.ofBatch(batchId)
        .map(({ invoice }) => invoice)
        .filter(({ state }) => states?.includes(state) ?? true),
    );
  }

  async pageOfBatch(batchId: BatchId, limit: number, after?: InvoiceId): Promise<readonly Invoice[]> {
    const all = await this.inBatch(batchId);
    return all.filter(({ id }) => after === undefined || id > after).slice(0, limit);
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

  /** For the book of sending. */
  originalsOf({ id, facts }: Invoice): readonly CorrectedInvoice[] {
    return [...this.#rows.values()]
      .filter(({ invoice }) => invoice.id !== id && invoice.facts.sellerNip === facts.sellerNip)
      .filter(({ invoice }) => facts.correctedNumbers.includes(invoice.facts.number))
      .map(asCorrected);
  }

  private isFree(invoice: Invoice, named: boolean): boolean {
    const hold = correctionHold(invoice.facts, this.originalsOf(invoice));
    return hold === undefined || (named && hold.code === 'ORIGINAL_HAS_NUMBER');
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
      .filter(({ invoice }) => currentBatchOf(invoice) === batchId)
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

  addUpo(id: InvoiceId, bytes: Uint8Array, signature?: UpoSignature): Promise<void> {
    this.#rows.set(id, { ...this.row(id), upo: { bytes, ...(signature === undefined ? {} : { signature }) } });
    return Promise.resolve();
  }

  upo(id: InvoiceId): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#rows.get(id)?.upo?.bytes);
  }

  countByState(batchId: BatchId): Promise<ReadonlyMap<InvoiceState, number>> {
    const counts = new Map<InvoiceState, number>();
    for (const { invoice } of this.ofBatch(batchId)) counts.set(invoice.state, (counts.get(invoice.state) ?? 0) + 1);
    return Promise.resolve(counts);
  }

  async enterSession(batchId: BatchId, session: SessionReference): Promise<readonly InvoiceId[]> {
    const carried = this.ofBatch(batchId).flatMap(({ invoice }): readonly (PlannedInvoice | InSessionInvoice)[] => {
      if (currentBatchOf(invoice) !== batchId) return [];
      if (invoice.state === 'planned') return [invoice];
      return invoice.state === 'in-session' && invoice.delivery.session === undefined ? [invoice] : [];
    });
    for (const invoice of carried) await this.save(enterSession(invoice, session));
    return carried.map(({ id }) => id);
  }

  unproven(batchId: BatchId, session: SessionReference, limit: number): Promise<readonly AcceptedInvoice[]> {
    const found = [...this.#rows.values()].flatMap(({ invoice }) => {
      if (invoice.state !== 'accepted') return [];
      return invoice.acceptance.session === session || currentBatchOf(invoice) === batchId ? [invoice] : [];
    });
    return Promise.resolve(found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit));
  }

  earliestEnd(batchId: BatchId): Promise<Instant | undefined> {
    const ends = this.ofBatch(batchId)
      .filter(({ invoice }) => invoice.state === 'in-session')
      .flatMap(({ term }) => (term?.deadline.kind === 'due' ? [term.deadline.endsAt] : []));
    return Promise.resolve(ends.sort((a, b) => Temporal.Instant.compare(a, b))[0]);
  }

  /** For the stores beside it: hashes (Base64) of what a batch ever carried. */
  contentOf(batchId: BatchId): ReadonlySet<string> {
    return this.#content.get(batchId) ?? new Set();
  }

  ownUpo(id: InvoiceId): Row['upo'] {
    return this.#rows.get(id)?.upo;
  }

  /** End of its deadline in milliseconds; an open one comes after every day. */
  endOf(id: InvoiceId): number {
    return endsAtMs(this.row(id));
  }

  private keepContent(invoice: Invoice): void {
    if (!('delivery' in invoice) || invoice.delivery.channel !== 'batch') return;
    const { batchId } = invoice.delivery;
    this.#content.set(batchId, new Set([...this.contentOf(batchId), hashToBase64(invoice.hash)]));
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
        const { delivery } = invoice;
        return delivery.channel === 'batch' && [delivery.batchId, delivery.earlier?.batchId].includes(batchId);
      })
      .sort((a, b) => (a.invoice.id < b.invoice.id ? -1 : 1));
  }
}

function currentBatchOf(invoice: Invoice): BatchId | undefined {
  if (!('delivery' in invoice)) return undefined;
  return invoice.delivery.channel === 'batch' ? invoice.delivery.batchId : undefined;
}

const stored = ({ invoice, term }: Row): StoredInvoice => ({ invoice, ...(term === undefined ? {} : { term }) });

/** Issued offline and not with KSeF yet. */
function isWaiting(invoice: Invoice): boolean {
  if (!('issue' in invoice) || invoice.issue.mode === 'online') return false;
  return !['accepted', 'complete', 'closed'].includes(invoice.state);
}

function isWanted(
  { invoice, term }: Row,
  { context, formCode, datedUpTo, dueBefore }: Omit<AwaitingQuery, 'limit' | 'only'>,
): boolean {
  if (invoice.state !== 'issued' || term?.deadline.kind === 'none') return false;
  if (!sameContext(invoice.context, context) || invoice.facts.formCode.value !== formCode.value) return false;
  if (Temporal.PlainDate.compare(invoice.facts.issueDate, datedUpTo) > 0) return false;
  return dueBefore === undefined || (term?.deadline.kind === 'due' && isBefore(term.deadline.endsAt, dueBefore));
}

function fits({ facts, sizeBytes }: Invoice, limit: AwaitingQuery['limit']): boolean {
  return sizeBytes <= (facts.hasAttachment ? limit.invoiceWithAttachmentBytes : limit.invoiceBytes);
}

function inPlanningOrder(a: Row, b: Row): number {
  const byTarget = compare(targetMs(a), targetMs(b));
  return byTarget !== 0 ? byTarget : compare(endsAtMs(a), endsAtMs(b));
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

function targetMs(row: Row): number {
  return Math.min(row.term?.target?.at.epochMilliseconds ?? Number.POSITIVE_INFINITY, endsAtMs(row));
}

function asCorrected({ invoice, term }: Row): CorrectedInvoice {
  return {
    id: invoice.id,
    number: invoice.facts.number,
    state: invoice.state,
    ...('acceptance' in invoice ? { ksefNumber: invoice.acceptance.ksefNumber } : {}),
    neverSent: !('acceptance' in invoice) && term?.deadline.kind === 'none',
  };
}

/** An open deadline comes after every day. */
function endsAtMs({ term }: Row): number {
  return term?.deadline.kind === 'due' ? term.deadline.endsAt.epochMilliseconds : Number.POSITIVE_INFINITY;
}

function inOrder(rows: readonly Row[], order: InvoiceOrder): readonly Row[] {
  const number = ({ invoice }: Row) => invoice.facts.number;
  if (order === 'newest') return rows.toReversed();
  if (order === 'oldest') return rows;
  if (order === 'deadline') return rows.toSorted((a, b) => endsAtMs(a) - endsAtMs(b));
  const ascending = rows.toSorted((a, b) => (number(a) < number(b) ? -1 : 1));
  return order === 'number' ? ascending : ascending.toReversed();
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
