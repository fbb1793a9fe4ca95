import {
  ConcurrentUpdateError,
  type AwaitingInvoice,
  type AwaitingQuery,
  type BatchId,
  type CorrectedInvoice,
  type InvoiceId,
  type InvoiceState,
  type KsefNumber,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { inChunks } from '../database/in-chunks.js';
import { required } from '../database/required.js';
import type { Transaction } from '../database/transactions.js';
import { CORRECTED, CORRECTED_BY, LOCK_AWAITING, LOCK_TOO_LARGE, PLAN_ALL } from './awaiting-sql.js';
import { LOCK_CONTEXT } from './invoice-sql.js';

interface CorrectedRow {
  readonly id: string;
  readonly number: string;
  readonly state: InvoiceState;
  readonly ksef_number: string | null;
  readonly never_sent: boolean;
}

/** They are few, if any. */
const TOO_LARGE_AT_A_TIME = 500;

/** How waiting invoices get into a batch: in a few statements, whatever their number; only ids leave the database. */
export class AwaitingInvoices {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async lock({ context, formCode, limit, ...wanted }: AwaitingQuery): Promise<readonly AwaitingInvoice[]> {
    await this.transaction.sql(LOCK_CONTEXT, [this.tenant, context.type, context.value]);
    const { rows } = await this.transaction.sql<{ id: string; size_bytes: number }>(LOCK_AWAITING, [
      ...[this.tenant, context.type, context.value],
      ...[formCode.systemCode, formCode.schemaVersion, formCode.value],
      ...[limit.invoices, limit.bytes, limit.entryBytes, limit.invoiceBytes, limit.invoiceWithAttachmentBytes],
      wanted.datedUpTo.toString(),
      wanted.dueBefore === undefined ? null : instantText(wanted.dueBefore),
      wanted.only ?? null,
    ]);
    return rows.map(({ id, size_bytes: sizeBytes }) => ({ id: id as InvoiceId, sizeBytes }));
  }

  async lockTooLarge({ context, limit }: Pick<AwaitingQuery, 'context' | 'limit'>): Promise<readonly InvoiceId[]> {
    const { rows } = await this.transaction.sql<{ id: string }>(LOCK_TOO_LARGE, [
      ...[this.tenant, context.type, context.value],
      ...[limit.invoiceBytes, limit.invoiceWithAttachmentBytes, TOO_LARGE_AT_A_TIME],
    ]);
    return rows.map(({ id }) => id as InvoiceId);
  }

  /** A few statements: each stays far within the time that one may take, also on a busy server. */
  async planAll(batchId: BatchId, ids: readonly InvoiceId[]): Promise<void> {
    for (const chunk of inChunks(ids)) {
      const { count } = await this.transaction.sql(PLAN_ALL, [this.tenant, batchId, chunk]);
      if (count === chunk.length) continue;
      throw new ConcurrentUpdateError(`batch ${batchId}: some of its ${String(ids.length)} invoices no longer wait`);
    }
  }

  async correctedBy(ids: readonly InvoiceId[]): Promise<ReadonlyMap<InvoiceId, readonly CorrectedInvoice[]>> {
    const { rows } = await this.transaction.sql<{ correction_id: string } & Partial<CorrectedRow>>(CORRECTED_BY, [
      ...[this.tenant, ids],
    ]);
    const found = new Map<InvoiceId, CorrectedInvoice[]>();
    for (const { correction_id: id, ...row } of rows) {
      const originals = found.get(id as InvoiceId) ?? [];
      if (hasOriginal(row)) originals.push(toCorrected(row));
      found.set(id as InvoiceId, originals);
    }
    return found;
  }

  async corrected(sellerNip: string, numbers: readonly string[]): Promise<readonly CorrectedInvoice[]> {
    if (numbers.length === 0) return [];
    const { rows } = await this.transaction.sql<CorrectedRow>(CORRECTED, [this.tenant, sellerNip, numbers]);
    return rows.map(toCorrected);
  }
}

const hasOriginal = (row: Partial<CorrectedRow>): row is CorrectedRow => typeof row.id === 'string';

function toCorrected({
  id,
  number,
  state,
  ksef_number: ksefNumber,
  never_sent: neverSent,
}: CorrectedRow): CorrectedInvoice {
  return {
    id: id as InvoiceId,
    number: required(number, 'number'),
    state,
    ...(ksefNumber === null ? {} : { ksefNumber: ksefNumber as KsefNumber }),
    neverSent,
  };
}
