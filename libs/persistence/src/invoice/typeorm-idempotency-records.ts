import type { IdempotencyRecord, IdempotencyRecords, InvoiceId, TenantId } from '@latarnik/domain';
import { prepared, type Transaction } from '../database/transactions.js';
import { IdempotencyKeyRecord } from './idempotency-key.record.js';

export class TypeormIdempotencyRecords implements IdempotencyRecords {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async find(key: string): Promise<IdempotencyRecord | undefined> {
    const { rows } = await this.transaction.sql<{ fingerprint: string; invoice_id: string }>(FIND, [this.tenant, key]);
    const [record] = rows;
    if (record === undefined) return undefined;
    return { key, fingerprint: record.fingerprint, invoiceId: record.invoice_id as InvoiceId };
  }

  /** Waits for another transaction that writes the same key now, and answers by what became of it. */
  async add({ key, fingerprint, invoiceId }: IdempotencyRecord): Promise<boolean> {
    const { count } = await this.transaction.sql(ADD, [this.tenant, key, fingerprint, invoiceId]);
    return count === 1;
  }

  async remove(key: string): Promise<void> {
    await this.transaction.manager.delete(IdempotencyKeyRecord, { tenantId: this.tenant, key });
  }

  async removeOf(invoiceId: InvoiceId): Promise<void> {
    await this.transaction.manager.delete(IdempotencyKeyRecord, { tenantId: this.tenant, invoiceId });
  }
}

/** $1 tenant, $2 key. */
const FIND = prepared('SELECT fingerprint, invoice_id FROM idempotency_key WHERE tenant_id = $1 AND key = $2');

/** $1 tenant, $2 key, $3 fingerprint, $4 invoice. */
const ADD = prepared(`
  INSERT INTO idempotency_key (tenant_id, key, fingerprint, invoice_id) VALUES ($1, $2, $3, $4)
  ON CONFLICT (tenant_id, key) DO NOTHING`);
