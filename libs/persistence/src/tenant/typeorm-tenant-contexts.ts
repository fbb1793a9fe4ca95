import type { ContextIdentifier, TenantContext, TenantContexts, TenantId } from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';
import { TenantContextRecord } from './tenant.record.js';

export class TypeormTenantContexts implements TenantContexts {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async all(): Promise<readonly TenantContext[]> {
    const records = await this.transaction.manager
      .createQueryBuilder(TenantContextRecord, 'context')
      .where('context.tenantId = :tenant', { tenant: this.tenant })
      .orderBy('context.id')
      .getMany();
    return records.map(({ id, type, value, name }) => ({
      id,
      identifier: { type, value } as ContextIdentifier,
      name,
    }));
  }
}
