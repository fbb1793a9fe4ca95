import type { IdempotencyRecord, IdempotencyRecords, InvoiceId, TenantId } from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';
import { IdempotencyKeyRecord } from './idempotency-key.record.js';

export class TypeormIdempotencyRecords implements IdempotencyRecords {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async find(key: string): Promise<IdempotencyRecord | undefined> {
    const record = await this.transaction.manager
      .createQueryBuilder(IdempotencyKeyRecord, 'record')
      .where('record.tenantId = :tenant AND record.key = :key', { tenant: this.tenant, key })
      .getOne();
    if (record === null) return undefined;
    return { key: record.key, fingerprint: record.fingerprint, invoiceId: record.invoiceId as InvoiceId };
  }

  /** Waits for another transaction that writes the same key now, and answers by what became of it. */
  async add({ key, fingerprint, invoiceId }: IdempotencyRecord): Promise<boolean> {
    const { count } = await this.transaction.sql(
      `INSERT INTO idempotency_key (tenant_id, key, fingerprint, invoice_id) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, key) DO NOTHING`,
      [this.tenant, key, fingerprint, invoiceId],
    );
    return count === 1;
  }

  async remove(key: string): Promise<void> {
    await this.transaction.manager.delete(IdempotencyKeyRecord, { tenantId: this.tenant, key });
  }

  async removeOf(invoiceId: InvoiceId): Promise<void> {
    await this.transaction.manager.delete(IdempotencyKeyRecord, { tenantId: this.tenant, invoiceId });
  }
}
