import { fromBase64, type TenantDirectory } from '@latarnik/domain';
import type { Transactions } from '../database/transactions.js';
import { ApiKeyRecord, TenantContextRecord, TenantRecord } from './tenant.record.js';

export class TypeormTenantDirectory implements TenantDirectory {
  constructor(private readonly transactions: Transactions) {}

  /** @throws DatabaseError when the tenant or one of the keys exists already: nothing is created then */
  async create({ id, name, contexts, apiKeys }: Parameters<TenantDirectory['create']>[0]): Promise<void> {
    const keys = apiKeys.map((key) => ({ tenantId: id, id: key.id, sha256: hashOf(key.sha256), revokedAt: null }));
    await this.transactions.run(id, async ({ manager }) => {
      await manager.insert(TenantRecord, { id, name });
      await manager.insert(
        TenantContextRecord,
        contexts.map((context) => ({ tenantId: id, id: context.id, name: context.name, ...context.identifier })),
      );
      await manager.insert(ApiKeyRecord, keys);
    });
  }
}

function hashOf(sha256: string): Uint8Array {
  const hash = fromBase64(sha256);
  if (hash?.length !== 32) throw new Error('the hash of an API key is the Base64 of 32 bytes');
  return hash;
}
