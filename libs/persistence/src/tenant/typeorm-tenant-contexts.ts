import type { ContextIdentifier, TenantContext, TenantContexts, TenantId } from '@latarnik/domain';
import { prepared, type Transaction } from '../database/transactions.js';
import { TenantContextRecord } from './tenant.record.js';

export class TypeormTenantContexts implements TenantContexts {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async all(): Promise<readonly TenantContext[]> {
    const { rows } = await this.transaction.sql<TenantContextRecord>(ALL, [this.tenant]);
    return rows.map(({ id, type, value, name }) => ({
      id,
      identifier: { type, value } as ContextIdentifier,
      name,
    }));
  }

  async add({ id, identifier: { type, value }, name }: TenantContext): Promise<void> {
    await this.transaction.manager.insert(TenantContextRecord, { tenantId: this.tenant, id, type, value, name });
  }

  async removeUnlessUsed(id: string): Promise<string | undefined> {
    // Nobody starts to use it from here on: a reference to the row waits for this lock, then finds it gone.
    const { rows } = await this.transaction.sql<{ table: string }>(USED_BY, [this.tenant, id]);
    const [used] = rows;
    if (used !== undefined) return used.table;
    await this.transaction.sql('DELETE FROM tenant_context WHERE tenant_id = $1 AND id = $2', [this.tenant, id]);
    return undefined;
  }
}

/** Every table that refers to a context by foreign key. */
export const USERS = [
  'invoice',
  'certificate',
  'batch',
  'enrolment',
  'certificate_sync',
  'email_settings',
  'house_policy_decision',
  'technical_correction',
  'interactive_session',
] as const;

const USED_BY = `
  WITH context AS MATERIALIZED (
    SELECT tenant_id, type, value FROM tenant_context WHERE tenant_id = $1 AND id = $2 FOR UPDATE)
  ${USERS.map(
    (table) => `SELECT '${table}' AS table FROM context WHERE EXISTS (SELECT FROM ${table} AS used
      WHERE used.tenant_id = context.tenant_id AND used.context_type = context.type AND used.context_value = context.value)`,
  ).join(' UNION ALL ')}
  LIMIT 1`;

/** $1 tenant. */
const ALL = prepared('SELECT id, type, value, name FROM tenant_context WHERE tenant_id = $1 ORDER BY id');
