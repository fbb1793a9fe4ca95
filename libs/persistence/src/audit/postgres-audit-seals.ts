import type { AuditCheckpoint, AuditSeals, TenantId } from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';

/** Functions of the database make the blocks: no role that logs in may write one (docs/adr/0026). */
export class PostgresAuditSeals implements AuditSeals {
  constructor(private readonly transaction: Transaction) {}

  async tenantsUnsealed(): Promise<readonly TenantId[]> {
    const { rows } = await this.transaction.sql<{ tenant_id: TenantId }>(
      'SELECT tenant_id FROM tenants_with_unsealed_audit()',
    );
    return rows.map(({ tenant_id: tenant }) => tenant);
  }

  async seal(tenant: TenantId, most: number): Promise<number> {
    const { rows } = await this.transaction.sql<{ sealed: number }>('SELECT seal_audit_entries($1, $2) AS sealed', [
      tenant,
      most,
    ]);
    return rows[0]?.sealed ?? 0;
  }

  async checkpoints(): Promise<readonly AuditCheckpoint[]> {
    const { rows } = await this.transaction.sql<{ tenant_id: TenantId; number: string; sha256: Buffer }>(
      'SELECT tenant_id, number, sha256 FROM audit_checkpoints()',
    );
    return rows.map(({ tenant_id: tenant, number, sha256 }) => ({
      tenant,
      block: Number(number),
      sha256: sha256.toString('hex'),
    }));
  }
}
