import {
  MOST_FAILED_RUNS,
  MOST_UNFINISHED_RUNS,
  type BatchId,
  type DueBatch,
  type SystemStores,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';

/** The questions of the sweeper, over all tenants; the answers are ids. */
export function systemTenants(transaction: Transaction): SystemStores['tenants'] {
  const tenantsOf = async (sql: string, values: readonly unknown[] = []) =>
    (await transaction.sql<{ tenant_id: string }>(sql, values)).rows.map(({ tenant_id: id }) => id as TenantId);
  return {
    all: () => tenantsOf('SELECT id AS tenant_id FROM tenant ORDER BY id'),
    withAwaiting: async () => {
      const { rows } = await transaction.sql<{ tenant_id: string; seconds: number }>(WITH_AWAITING);
      return rows.map(({ tenant_id: id, seconds }) => ({ tenant: id as TenantId, oldestSeconds: seconds }));
    },
    withUnresolvedInteractive: () => tenantsOf(WITH_UNRESOLVED),
    withCertificateWork: (now) => tenantsOf(WITH_CERTIFICATE_WORK, [instantText(now)]),
    withCorrections: () => tenantsOf(WITH_CORRECTIONS),
    withDrills: () => tenantsOf(WITH_DRILLS),
    withoutDrillSince: (moment) => tenantsOf(WITHOUT_DRILL_SINCE, [instantText(moment)]),
  };
}

export async function dueBatches(transaction: Transaction, limit: number): Promise<readonly DueBatch[]> {
  const { rows } = await transaction.sql<BatchRow & { suspect: boolean }>(DUE_BATCHES, [limit]);
  return rows.map(({ suspect, ...row }) => ({ ...toDue(row), ...(suspect ? { suspect } : {}) }));
}

export async function hopelessBatches(transaction: Transaction): Promise<readonly DueBatch[]> {
  const { rows } = await transaction.sql<BatchRow>(HOPELESS_BATCHES, [MOST_UNFINISHED_RUNS, MOST_FAILED_RUNS]);
  return rows.map(toDue);
}

export async function handBack(transaction: Transaction, worker: string): Promise<number> {
  return (await transaction.sql(HAND_BACK, [worker])).count;
}

interface BatchRow {
  readonly tenant_id: string;
  readonly id: string;
}

const toDue = ({ tenant_id: tenant, id }: BatchRow): DueBatch => ({
  tenant: tenant as TenantId,
  batchId: id as BatchId,
});

/** The clock is read once, by a subquery: an index is not searched by a volatile function. */
const NOW = '(SELECT app_now())';

const WITH_AWAITING = `
  SELECT tenant_id, greatest(0, extract(epoch FROM app_now() - min(issued_at)))::double precision AS seconds
  FROM invoice WHERE state = 'issued' AND (not_before IS NULL OR not_before <= ${NOW})
    AND NOT EXISTS (
      SELECT FROM invoice_term AS term
      WHERE term.tenant_id = invoice.tenant_id AND term.invoice_id = invoice.id
        AND term.waits_for = 'sending' AND term.kind = 'none')
  GROUP BY tenant_id ORDER BY tenant_id`;

/** The same words as the index \`invoice_unresolved\`. */
const WITH_UNRESOLVED = `
  SELECT DISTINCT tenant_id FROM invoice
  WHERE (state = 'received' OR (channel = 'interactive' AND state IN ('in-session', 'accepted')))
    AND (track_after IS NULL OR track_after <= ${NOW})
  UNION
  SELECT tenant_id FROM interactive_session WHERE state IN ('open', 'closing') AND close_after <= ${NOW}
  ORDER BY tenant_id`;

/** $1 now, by the caller's clock: looks at KSeF's list go by it, the others by that of the database. */
const WITH_CERTIFICATE_WORK = `
  SELECT tenant_id FROM enrolment WHERE state NOT IN ('completed', 'refused') AND look_after <= ${NOW}
  UNION
  SELECT tenant_id FROM certificate WHERE revocation_state = 'sending' AND revocation_look_after <= ${NOW}
  UNION
  SELECT certificate.tenant_id
  FROM certificate LEFT JOIN certificate_sync AS known USING (tenant_id, context_type, context_value)
  WHERE retired_at IS NULL AND (known.next_at IS NULL OR known.next_at <= $1)
  ORDER BY tenant_id`;

/** The same words as the index `technical_correction_due`; not those whose duty to be sent a total failure lifted. */
const WITH_CORRECTIONS = `
  SELECT DISTINCT tenant_id FROM technical_correction AS correction
  WHERE state IN ('approved', 'sending', 'resolving', 'accepted') AND look_after <= ${NOW}
    AND (lease_until IS NULL OR lease_until < ${NOW})
    AND (state <> 'approved' OR NOT EXISTS (
      SELECT FROM invoice_term AS term
      WHERE term.tenant_id = correction.tenant_id AND term.invoice_id = correction.invoice_id AND term.kind = 'none'))
  ORDER BY tenant_id`;

const WITH_DRILLS = `
  SELECT tenant_id FROM drill WHERE state NOT IN ('checked', 'failed', 'skipped') AND look_after <= ${NOW} ORDER BY tenant_id`;

const WITHOUT_DRILL_SINCE = `
  SELECT id AS tenant_id FROM tenant
  WHERE NOT EXISTS (SELECT FROM drill WHERE drill.tenant_id = tenant.id AND requested_at > $1)
  ORDER BY id`;

/**
 * Few: workers hold few batches of each tenant, and those with KSeF wait for their next look. One unclean end is the
 * worker's (it was killed, the machine went down); from the second in a row the batch is suspected.
 */
const DUE_BATCHES = `
  SELECT tenant_id, id, unfinished_runs >= 2 AS suspect
  FROM (
    SELECT tenant_id, id, next_action_at, unfinished_runs,
      row_number() OVER (PARTITION BY tenant_id ORDER BY next_action_at, id) AS turn
    FROM batch
    WHERE next_action_at <= ${NOW} AND (lease_until IS NULL OR lease_until < ${NOW}) AND held_at IS NULL
  ) AS due
  ORDER BY suspect, turn, next_action_at, id
  LIMIT $1`;

const HOPELESS_BATCHES = `
  SELECT tenant_id, id FROM batch
  WHERE next_action_at IS NOT NULL AND held_at IS NULL AND (lease_until IS NULL OR lease_until < ${NOW})
    AND (unfinished_runs >= $1 OR failed_runs >= $2)
  ORDER BY tenant_id, id`;

/**
 * The worker that stops ended its runs, so they count for nothing against the batch. One that its own last transaction is
 * just writing is left to that, or to the end of its lease.
 */
const HAND_BACK = `
  UPDATE batch SET lease_owner = NULL, lease_until = NULL, fence = fence + 1, unfinished_runs = 0
  WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM batch WHERE next_action_at IS NOT NULL AND lease_owner = $1 FOR UPDATE SKIP LOCKED)`;
