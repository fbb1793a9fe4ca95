import type { BatchId, DueBatch, SystemStores, TenantId } from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';

/** The questions of the sweeper, over all tenants; the answers are ids. */
export function systemTenants(transaction: Transaction): SystemStores['tenants'] {
  const tenantsOf = async (sql: string) =>
    (await transaction.sql<{ tenant_id: string }>(sql)).rows.map(({ tenant_id: id }) => id as TenantId);
  return {
    all: () => tenantsOf('SELECT id AS tenant_id FROM tenant ORDER BY id'),
    withAwaiting: async () => {
      const { rows } = await transaction.sql<{ tenant_id: string; seconds: number }>(WITH_AWAITING);
      return rows.map(({ tenant_id: id, seconds }) => ({ tenant: id as TenantId, oldestSeconds: seconds }));
    },
    withUnresolvedInteractive: () => tenantsOf(WITH_UNRESOLVED),
  };
}

export async function dueBatches(transaction: Transaction, limit: number): Promise<readonly DueBatch[]> {
  const { rows } = await transaction.sql<{ tenant_id: string; id: string }>(DUE_BATCHES, [limit]);
  return rows.map(({ tenant_id: tenant, id }) => ({ tenant: tenant as TenantId, batchId: id as BatchId }));
}

/** The clock is read once, by a subquery: an index is not searched by a volatile function. */
const NOW = '(SELECT app_now())';

const WITH_AWAITING = `
  SELECT tenant_id, greatest(0, extract(epoch FROM app_now() - min(issued_at)))::double precision AS seconds
  FROM invoice WHERE state = 'issued' AND (not_before IS NULL OR not_before <= ${NOW})
  GROUP BY tenant_id ORDER BY tenant_id`;

/** The same words as the index \`invoice_unresolved\`. */
const WITH_UNRESOLVED = `
  SELECT DISTINCT tenant_id FROM invoice
  WHERE (state = 'received' OR (channel = 'interactive' AND state IN ('in-session', 'accepted')))
    AND (track_after IS NULL OR track_after <= ${NOW})
  ORDER BY tenant_id`;

const DUE_BATCHES = `
  SELECT tenant_id, id FROM batch
  WHERE next_action_at <= ${NOW} AND (lease_until IS NULL OR lease_until < ${NOW})
  ORDER BY next_action_at, id
  LIMIT $1`;
