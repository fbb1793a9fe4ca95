import {
  ConcurrentUpdateError,
  DISPLAY_STATUS,
  err,
  invoiceHashFromBytes,
  ok,
  Temporal,
  type AcceptedInvoice,
  type AwaitingInvoice,
  type AwaitingQuery,
  type BatchId,
  type CorrectedInvoice,
  type DisplayStatus,
  type DueTerm,
  type Invoice,
  type InvoiceFilter,
  type InvoiceOrder,
  type InvoiceHash,
  type InvoiceId,
  type InvoiceKind,
  type InvoiceRepository,
  type InvoiceState,
  type Instant,
  type IssuedInvoice,
  type NumberTaken,
  type ReceivedInvoice,
  type Result,
  type SessionReference,
  type StoredInvoice,
  type UpoSignature,
  type TenantId,
} from '@latarnik/domain';
import type { SelectQueryBuilder } from 'typeorm';
import { instantText } from '../database/column-types.js';
import { inChunks } from '../database/in-chunks.js';
import { selectRecords } from '../database/rows.js';
import type { Transaction } from '../database/transactions.js';
import { DeadlineValueRecord, InvoiceTermRecord } from '../deadline/term.record.js';
import { termColumns, toStoredTerm } from '../deadline/term.mapper.js';
import { AwaitingInvoices } from './awaiting-invoices.js';
import { InvoiceArtefacts } from './invoice-artefacts.js';
import {
  addedRow,
  addStatement,
  COUNT_BY_STATE,
  DOCUMENTS_OF_BATCH,
  DOCUMENT_PAGE_BYTES,
  EARLIEST_END,
  ENTER_SESSION,
  FIRST_ID,
  OF_NUMBER,
  POSTPONE_TRACKING,
  SAVE_PROGRESS,
  SAVE_TERM,
  UNPROVEN,
  progressRow,
} from './invoice-sql.js';
import { progressOf, toInvoice, toRecord, toStoredInvoice } from './invoice.mapper.js';
import { AFTER, inOrder } from './invoice-order.js';
import { InvoiceRecord } from './invoice.record.js';

export class TypeormInvoiceRepository implements InvoiceRepository {
  private readonly artefacts: InvoiceArtefacts;
  private readonly awaiting: AwaitingInvoices;

  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {
    this.artefacts = new InvoiceArtefacts(transaction, tenant);
    this.awaiting = new AwaitingInvoices(transaction, tenant);
  }

  /** Waits for another transaction that adds the same number now, and answers by what became of it. */
  async add(invoice: ReceivedInvoice | IssuedInvoice, bytes: Uint8Array): Promise<Result<void, NumberTaken>> {
    const row = addedRow(toRecord(this.tenant, invoice));
    const { count } = await this.transaction.sql(addStatement(row), [JSON.stringify(row), bytes]);
    return count === 0 ? this.numberTaken(invoice) : ok(undefined);
  }

  async find(id: InvoiceId): Promise<StoredInvoice | undefined> {
    const record = await this.selectWithTerm().andWhere('invoice.id = :id', { id }).getOne();
    return record === null ? undefined : toStoredInvoice(record);
  }

  async findByNumber(sellerNip: string, kind: InvoiceKind, number: string): Promise<Invoice | undefined> {
    const values = [this.tenant, sellerNip, kind, number];
    const [record] = await selectRecords(this.transaction, InvoiceRecord, OF_NUMBER, values);
    return record === undefined ? undefined : toInvoice(record);
  }

  async save(invoice: Invoice): Promise<void> {
    await this.saveAll([invoice]);
  }

  async saveAll(invoices: readonly Invoice[]): Promise<void> {
    for (const chunk of inChunks(invoices)) {
      const rows = chunk.map((invoice) => progressRow(invoice.id, invoice.version, progressOf(invoice)));
      const { count } = await this.transaction.sql(SAVE_PROGRESS, [this.tenant, JSON.stringify(rows)]);
      if (count !== chunk.length) {
        const which = chunk.length === 1 ? `invoice ${chunk[0]?.id ?? ''} is` : `some of ${chunk.length} invoices are`;
        throw new ConcurrentUpdateError(`${which} no longer at the version that was read`);
      }
    }
  }

  async saveTerm(id: InvoiceId, term: DueTerm): Promise<void> {
    const { kind, endsAt, targetAt } = termColumns(term);
    const value = JSON.stringify(toStoredTerm(term));
    const { count } = await this.transaction.sql(SAVE_TERM, [this.tenant, id, value, kind, endsAt, targetAt]);
    if (count !== 1) throw new Error(`invoice ${id} is not stored`);
  }

  async list(
    filter: InvoiceFilter,
    limit: number,
    after?: InvoiceId,
    order: InvoiceOrder = 'newest',
  ): Promise<readonly StoredInvoice[]> {
    const { status, mode, context, number, dueBefore } = filter;
    const query = this.selectWithTerm();
    if (status !== undefined) query.andWhere('invoice.state IN (:...states)', { states: statesShownAs(status) });
    if (mode !== undefined) query.andWhere('invoice.mode = :mode', { mode });
    if (context !== undefined) {
      query.andWhere('invoice.contextType = :type AND invoice.contextValue = :value', { ...context });
    }
    if (number !== undefined) query.andWhere('invoice.number = :number', { number });
    if (dueBefore !== undefined) query.andWhere('due.endsAt < :due', { due: instantText(dueBefore) });
    if (after !== undefined) query.andWhere(AFTER[order], { after, tenant: this.tenant });
    return (await inOrder(query, order).limit(limit).getMany()).map(toStoredInvoice);
  }

  async findAll(ids: readonly InvoiceId[]): Promise<readonly StoredInvoice[]> {
    const found: StoredInvoice[] = [];
    for (const chunk of inChunks(ids)) {
      const records = await this.selectWithTerm().andWhere('invoice.id = ANY (:ids)', { ids: chunk }).getMany();
      found.push(...records.map(toStoredInvoice));
    }
    return found;
  }

  async lockTooLarge(wanted: Pick<AwaitingQuery, 'context' | 'limit'>): Promise<readonly IssuedInvoice[]> {
    const found = await this.findAll(await this.awaiting.lockTooLarge(wanted));
    return found.flatMap(({ invoice }) => (invoice.state === 'issued' ? [invoice] : []));
  }

  lockAwaiting(wanted: AwaitingQuery): Promise<readonly AwaitingInvoice[]> {
    return this.awaiting.lock(wanted);
  }

  planAll(batchId: BatchId, ids: readonly InvoiceId[]): Promise<void> {
    return this.awaiting.planAll(batchId, ids);
  }

  correctedBy(ids: readonly InvoiceId[]): Promise<ReadonlyMap<InvoiceId, readonly CorrectedInvoice[]>> {
    return this.awaiting.correctedBy(ids);
  }

  corrected(sellerNip: string, numbers: readonly string[]): Promise<readonly CorrectedInvoice[]> {
    return this.awaiting.corrected(sellerNip, numbers);
  }

  async inBatch(batchId: BatchId, states?: readonly InvoiceState[]): Promise<readonly Invoice[]> {
    const query = this.select().andWhere(IN_BATCH, { batchId });
    if (states !== undefined) query.andWhere('invoice.state = ANY (:states)', { states });
    return (await query.orderBy('invoice.id').getMany()).map(toInvoice);
  }

  async pageOfBatch(batchId: BatchId, limit: number, after?: InvoiceId): Promise<readonly Invoice[]> {
    const query = this.select().andWhere(IN_BATCH, { batchId });
    if (after !== undefined) query.andWhere('invoice.id > :after', { after });
    return (await query.orderBy('invoice.id').limit(limit).getMany()).map(toInvoice);
  }

  async countByState(batchId: BatchId): Promise<ReadonlyMap<InvoiceState, number>> {
    const { rows } = await this.transaction.sql<{ state: InvoiceState; count: number }>(COUNT_BY_STATE, [
      ...[this.tenant, batchId],
    ]);
    return new Map(rows.map(({ state, count }) => [state, count]));
  }

  async enterSession(batchId: BatchId, session: SessionReference): Promise<readonly InvoiceId[]> {
    const { rows } = await this.transaction.sql<{ id: string }>(ENTER_SESSION, [this.tenant, batchId, session]);
    return rows.map(({ id }) => id as InvoiceId);
  }

  async unproven(batchId: BatchId, session: SessionReference, limit: number): Promise<readonly AcceptedInvoice[]> {
    const { rows } = await this.transaction.sql<{ id: string }>(UNPROVEN, [this.tenant, batchId, session, limit]);
    if (rows.length === 0) return [];
    const records = await this.select()
      .andWhere('invoice.id = ANY (:ids)', { ids: rows.map(({ id }) => id) })
      .orderBy('invoice.id')
      .getMany();
    return records.map((record) => toInvoice(record) as AcceptedInvoice);
  }

  async earliestEnd(batchId: BatchId): Promise<Instant | undefined> {
    const { rows } = await this.transaction.sql<{ ends_at: string | null }>(EARLIEST_END, [this.tenant, batchId]);
    const end = rows[0]?.ends_at ?? null;
    return end === null ? undefined : Temporal.Instant.from(end);
  }

  async unresolvedInteractive(limit: number): Promise<readonly Invoice[]> {
    const records = await this.select()
      .andWhere(`(${UNRESOLVED}) AND (${TO_BE_LOOKED_AT})`)
      .orderBy('invoice.trackAfter', 'ASC', 'NULLS FIRST')
      .addOrderBy('invoice.id')
      .limit(limit)
      .getMany();
    return records.map(toInvoice);
  }

  async postponeTracking(id: InvoiceId, seconds: number): Promise<void> {
    const { count } = await this.transaction.sql(POSTPONE_TRACKING, [this.tenant, id, seconds]);
    if (count !== 1) throw new Error(`invoice ${id} is not stored`);
  }

  async documentsOfBatch(
    batchId: BatchId,
    limit: number,
    after?: InvoiceId,
  ): Promise<readonly { readonly id: InvoiceId; readonly hash: InvoiceHash; readonly bytes: Uint8Array }[]> {
    const { rows } = await this.transaction.sql<{ id: string; sha256: Buffer; bytes: Buffer }>(DOCUMENTS_OF_BATCH, [
      ...[this.tenant, batchId, limit, after ?? FIRST_ID, DOCUMENT_PAGE_BYTES],
    ]);
    return rows.map(({ id, sha256, bytes }) => ({
      id: id as InvoiceId,
      hash: invoiceHashFromBytes(new Uint8Array(sha256)),
      bytes: new Uint8Array(bytes),
    }));
  }

  bytes(id: InvoiceId): Promise<Uint8Array | undefined> {
    return this.artefacts.document(id);
  }

  addEvidence(id: InvoiceId, xades: Uint8Array): Promise<void> {
    return this.artefacts.addEvidence(id, xades);
  }

  evidence(id: InvoiceId): Promise<Uint8Array | undefined> {
    return this.artefacts.evidence(id);
  }

  addUpo(id: InvoiceId, upo: Uint8Array, signature?: UpoSignature): Promise<void> {
    return this.artefacts.addUpo(id, upo, signature);
  }

  upo(id: InvoiceId): Promise<Uint8Array | undefined> {
    return this.artefacts.upo(id);
  }

  private select(): SelectQueryBuilder<InvoiceRecord> {
    return this.transaction.manager
      .createQueryBuilder(InvoiceRecord, 'invoice')
      .where('invoice.tenantId = :tenant', { tenant: this.tenant });
  }

  private selectWithDue(): SelectQueryBuilder<InvoiceRecord> {
    const ofInvoice = 'due.tenantId = invoice.tenantId AND due.invoiceId = invoice.id';
    return this.select().leftJoin(InvoiceTermRecord, 'due', ofInvoice);
  }

  private selectWithTerm(): SelectQueryBuilder<InvoiceRecord> {
    const ofDue = 'term.tenantId = due.tenantId AND term.digest = due.digest';
    return this.selectWithDue().leftJoinAndMapOne('invoice.term', DeadlineValueRecord, 'term', ofDue);
  }

  private async numberTaken({ id, facts }: ReceivedInvoice | IssuedInvoice): Promise<Result<void, NumberTaken>> {
    const first = await this.findByNumber(facts.sellerNip, facts.kind, facts.number);
    if (first !== undefined) return err({ code: 'INVOICE_NUMBER_TAKEN', invoiceId: first.id });
    throw new ConcurrentUpdateError(`invoice ${id}: its number was freed, or its id taken, at this moment`);
  }
}

/** Two conditions with an index each: those of a second delivery are in both of their batches. */
const IN_BATCH = '(invoice.batchId = :batchId OR invoice.earlierBatchId = :batchId)';

/** The same words as the index `invoice_unresolved`. */
const UNRESOLVED =
  "invoice.state = 'received' OR (invoice.channel = 'interactive' AND invoice.state IN ('in-session', 'accepted'))";

/** The clock is read once, by a subquery: an index is not searched by a volatile function. */
const TO_BE_LOOKED_AT = 'invoice.trackAfter IS NULL OR invoice.trackAfter <= (SELECT app_now())';

function statesShownAs(status: DisplayStatus): readonly string[] {
  return Object.entries(DISPLAY_STATUS).flatMap(([state, shown]) => (shown === status ? [state] : []));
}
