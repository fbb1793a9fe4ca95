import { Temporal, type BatchId, type BatchRuns, type BatchStanding, type TenantId } from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';

interface StandingRow {
  readonly next_action_at: string | null;
  readonly leased_until: string | null;
  readonly unfinished_runs: number;
  readonly failed_runs: number;
  readonly held_at: string | null;
  readonly updated_at: string;
}

/** By the clock of the database, as leases are. */
export class TypeormBatchRuns implements BatchRuns {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async standing(id: BatchId): Promise<BatchStanding | undefined> {
    const { rows } = await this.transaction.sql<StandingRow>(STANDING, [this.tenant, id]);
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      ...(row.next_action_at === null ? {} : { nextActionAt: Temporal.Instant.from(row.next_action_at) }),
      ...(row.leased_until === null ? {} : { leasedUntil: Temporal.Instant.from(row.leased_until) }),
      unfinishedRuns: row.unfinished_runs,
      failedRuns: row.failed_runs,
      ...(row.held_at === null ? {} : { heldAt: Temporal.Instant.from(row.held_at) }),
      updatedAt: Temporal.Instant.from(row.updated_at),
    };
  }

  async failed(id: BatchId): Promise<void> {
    await this.transaction.sql(FAILED, [this.tenant, id]);
  }

  async succeeded(id: BatchId): Promise<void> {
    await this.transaction.sql(SUCCEEDED, [this.tenant, id]);
  }

  async hold(id: BatchId): Promise<boolean> {
    return (await this.transaction.sql(HOLD, [this.tenant, id])).count === 1;
  }

  async resume(id: BatchId): Promise<boolean> {
    return (await this.transaction.sql(RESUME, [this.tenant, id])).count === 1;
  }
}

const STANDING = `
  SELECT next_action_at, CASE WHEN lease_until >= app_now() THEN lease_until END AS leased_until, unfinished_runs,
    failed_runs, held_at, updated_at
  FROM batch WHERE tenant_id = $1 AND id = $2`;

const FAILED = 'UPDATE batch SET failed_runs = failed_runs + 1 WHERE tenant_id = $1 AND id = $2';

const SUCCEEDED = 'UPDATE batch SET failed_runs = 0 WHERE tenant_id = $1 AND id = $2 AND failed_runs > 0';

const HOLD = `
  UPDATE batch SET held_at = app_now(), updated_at = app_now()
  WHERE tenant_id = $1 AND id = $2 AND held_at IS NULL AND next_action_at IS NOT NULL
    AND (lease_until IS NULL OR lease_until < app_now())`;

const RESUME = `
  UPDATE batch SET held_at = NULL, unfinished_runs = 0, failed_runs = 0, next_action_at = app_now(),
    updated_at = app_now()
  WHERE tenant_id = $1 AND id = $2 AND held_at IS NOT NULL`;
