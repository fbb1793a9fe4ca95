import { fromBase64, type ApiKeys, type TenantId } from '@latarnik/domain';
import type { Transactions } from '../database/transactions.js';
import { ApiKeyRecord } from './tenant.record.js';

/** Finds the tenant of a key: the one query that cannot know the tenant beforehand. */
export class TypeormApiKeys implements ApiKeys {
  constructor(private readonly transactions: Transactions) {}

  async authenticate(sha256: string): Promise<{ readonly tenant: TenantId; readonly keyId: string } | undefined> {
    const hash = fromBase64(sha256);
    if (hash?.length !== 32) return undefined;
    const record = await this.transactions.run(undefined, ({ manager }) =>
      manager
        .createQueryBuilder(ApiKeyRecord, 'key')
        .where('key.sha256 = :hash AND key.revokedAt IS NULL', { hash: Buffer.from(hash) })
        .getOne(),
    );
    return record === null ? undefined : { tenant: record.tenantId as TenantId, keyId: record.id };
  }
}
