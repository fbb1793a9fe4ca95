import {
  MOST_FAILED_RUNS,
  MOST_UNFINISHED_RUNS,
  type BatchId,
  type DueBatch,
  type DueWebhook,
  type SystemStores,
  type TenantId,
  type WebhookId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';

/** The questions of the sweeper, over all tenants: functions of the database answer them, with ids (docs/adr/0025). */
export function systemTenants(transaction: Transaction): SystemStores['tenants'] {
  const tenantsOf = async (sql: string, values: readonly unknown[] = []) =>
    (await transaction.sql<{ tenant_id: string }>(sql, values)).rows.map(({ tenant_id: id }) => id as TenantId);
  return {
    all: () => tenantsOf('SELECT tenant_id FROM all_tenants()'),
    withAwaiting: async () => {
      const sql = 'SELECT tenant_id, seconds FROM tenants_with_awaiting()';
      const { rows } = await transaction.sql<{ tenant_id: string; seconds: number }>(sql);
      return rows.map(({ tenant_id: id, seconds }) => ({ tenant: id as TenantId, oldestSeconds: seconds }));
    },
    withUnresolvedInteractive: () => tenantsOf('SELECT tenant_id FROM tenants_with_unresolved_interactive()'),
    withCertificateWork: (now) =>
      tenantsOf('SELECT tenant_id FROM tenants_with_certificate_work($1)', [instantText(now)]),
    withCorrections: () => tenantsOf('SELECT tenant_id FROM tenants_with_corrections()'),
    withDrills: () => tenantsOf('SELECT tenant_id FROM tenants_with_drills()'),
    withoutDrillSince: (moment) =>
      tenantsOf('SELECT tenant_id FROM tenants_without_drill_since($1)', [instantText(moment)]),
    withEmails: () => tenantsOf('SELECT tenant_id FROM tenants_with_emails() AS tenant_id'),
    withNewEvents: () => tenantsOf('SELECT tenant_id FROM tenants_with_new_events() AS tenant_id'),
    withOldEvents: (days) => tenantsOf('SELECT tenant_id FROM tenants_with_old_events($1) AS tenant_id', [days]),
  };
}

export async function dueBatches(transaction: Transaction, limit: number): Promise<readonly DueBatch[]> {
  const { rows } = await transaction.sql<BatchRow & { suspect: boolean }>('SELECT * FROM due_batches($1)', [limit]);
  return rows.map(({ suspect, ...row }) => ({ ...toDue(row), ...(suspect ? { suspect } : {}) }));
}

export async function dueWebhooks(transaction: Transaction, limit: number): Promise<readonly DueWebhook[]> {
  const sql = 'SELECT tenant_id, webhook_id AS id FROM webhooks_due($1)';
  const { rows } = await transaction.sql<BatchRow>(sql, [limit]);
  return rows.map((row) => ({ tenant: row.tenant_id as TenantId, webhookId: row.id as WebhookId }));
}

export async function hopelessBatches(transaction: Transaction): Promise<readonly DueBatch[]> {
  const { rows } = await transaction.sql<BatchRow>('SELECT * FROM hopeless_batches($1, $2)', [
    MOST_UNFINISHED_RUNS,
    MOST_FAILED_RUNS,
  ]);
  return rows.map(toDue);
}

export async function handBack(transaction: Transaction, worker: string): Promise<number> {
  const { rows } = await transaction.sql<{ count: string }>('SELECT hand_back_batches($1) AS count', [worker]);
  return Number(rows[0]?.count ?? 0);
}

interface BatchRow {
  readonly tenant_id: string;
  readonly id: string;
}

const toDue = ({ tenant_id: tenant, id }: BatchRow): DueBatch => ({
  tenant: tenant as TenantId,
  batchId: id as BatchId,
});
