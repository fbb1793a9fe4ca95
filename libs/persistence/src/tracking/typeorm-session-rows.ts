import {
  compareRows,
  hashToBase64,
  invoiceHashFromBytes,
  Temporal,
  type AnsweredInvoice,
  type BatchId,
  type InSessionInvoice,
  type InvoiceHash,
  type InvoiceReference,
  type RowTally,
  type SessionReference,
  type SessionRow,
  type SessionRows,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { inChunks } from '../database/in-chunks.js';
import { required } from '../database/required.js';
import type { Transaction } from '../database/transactions.js';
import { toInvoice } from '../invoice/invoice.mapper.js';
import { InvoiceRecord } from '../invoice/invoice.record.js';
import { ANSWERED, LIST, RECORD, SESSIONS_WITH, TALLY } from './session-rows-sql.js';

interface RowColumns {
  readonly invoice_reference: string;
  readonly sha256: Buffer;
  readonly code: number;
  readonly description: string;
  readonly details: readonly string[];
  readonly ksef_number: string | null;
  readonly invoicing_date: string;
  readonly acquisition_date: string | null;
  readonly invoicing_mode: 'online' | 'offline' | null;
  readonly original_ksef_number: string | null;
  readonly original_session_reference: string | null;
}

export class TypeormSessionRows implements SessionRows {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async record(session: SessionReference, rows: readonly SessionRow[]): Promise<void> {
    for (const chunk of inChunks(oneForEachReference(rows))) {
      await this.transaction.sql(RECORD, [this.tenant, session, JSON.stringify(chunk.map(toColumns))]);
    }
  }

  async tally(batchId: BatchId, session: SessionReference): Promise<RowTally> {
    const { rows } = await this.transaction.sql<RowTally>(TALLY, [this.tenant, batchId, session]);
    return required(rows[0], 'tally');
  }

  async answered(
    batchId: BatchId,
    session: SessionReference,
    codes: { readonly only: readonly number[] } | { readonly except: readonly number[] },
    limit: number,
  ): Promise<readonly AnsweredInvoice[]> {
    const only = 'only' in codes;
    const { rows } = await this.transaction.sql<RowColumns & { id: string }>(ANSWERED, [
      ...[this.tenant, batchId, session, only, only ? codes.only : codes.except, limit],
    ]);
    if (rows.length === 0) return [];
    const invoices = await this.invoices(rows.map(({ id }) => id));
    return rows.map(({ id, ...row }) => ({
      invoice: required(invoices.get(id), 'invoice of a row'),
      row: toRow(row),
    }));
  }

  async sessionsWith(hash: InvoiceHash): Promise<readonly SessionReference[]> {
    const { rows } = await this.transaction.sql<{ session: string }>(SESSIONS_WITH, [this.tenant, Buffer.from(hash)]);
    return rows.map(({ session }) => session as SessionReference);
  }

  async list(session: SessionReference, limit: number, after?: InvoiceReference): Promise<readonly SessionRow[]> {
    const { rows } = await this.transaction.sql<RowColumns>(LIST, [this.tenant, session, limit, after ?? null]);
    return rows.map(toRow);
  }

  private async invoices(ids: readonly string[]): Promise<ReadonlyMap<string, InSessionInvoice>> {
    const records = await this.transaction.manager
      .createQueryBuilder(InvoiceRecord, 'invoice')
      .where('invoice.tenantId = :tenant AND invoice.id = ANY (:ids)', { tenant: this.tenant, ids })
      .getMany();
    return new Map(records.map((record) => [record.id, toInvoice(record) as InSessionInvoice]));
  }
}

/** A statement touches a row once: of several words on one reference the one that speaks. */
function oneForEachReference(rows: readonly SessionRow[]): readonly SessionRow[] {
  const known = new Map<InvoiceReference, SessionRow>();
  for (const row of rows) {
    const before = known.get(row.reference);
    if (before === undefined || before.code === row.code || compareRows(row, before) < 0) known.set(row.reference, row);
  }
  return [...known.values()];
}

function toColumns(row: SessionRow) {
  return {
    invoice_reference: row.reference,
    sha256: hashToBase64(row.hash),
    code: row.code,
    description: row.description,
    details: row.details,
    ksef_number: row.ksefNumber ?? null,
    invoicing_date: instantText(row.invoicingDate),
    acquisition_date: row.acquisitionDate === undefined ? null : instantText(row.acquisitionDate),
    invoicing_mode: row.invoicingMode ?? null,
    original_ksef_number: row.originalKsefNumber ?? null,
    original_session_reference: row.originalSession ?? null,
  };
}

function toRow(row: RowColumns): SessionRow {
  return {
    reference: row.invoice_reference as InvoiceReference,
    hash: invoiceHashFromBytes(new Uint8Array(row.sha256)),
    code: row.code,
    description: row.description,
    details: row.details,
    invoicingDate: Temporal.Instant.from(row.invoicing_date),
    ...(row.ksef_number === null ? {} : { ksefNumber: row.ksef_number }),
    ...(row.acquisition_date === null ? {} : { acquisitionDate: Temporal.Instant.from(row.acquisition_date) }),
    ...(row.invoicing_mode === null ? {} : { invoicingMode: row.invoicing_mode }),
    ...(row.original_ksef_number === null ? {} : { originalKsefNumber: row.original_ksef_number }),
    ...(row.original_session_reference === null
      ? {}
      : { originalSession: row.original_session_reference as SessionReference }),
  };
}
