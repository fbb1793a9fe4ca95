import type { PendingRecalculation, SystemRecalculations, TenantId, TenantRecalculations } from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';

/**
 * How long a done request stands. An invoice that is being issued while a message arrives is given its term by the
 * knowledge before it, and may commit after the run that followed the message; no transaction lives so long.
 */
const RECHECK_SECONDS = 300;

/** The least time between the end of a run and one that only does again what is done. */
const RECHECK_PAUSE_SECONDS = 60;

/**
 * How long a run keeps its lease after it renewed it, which it does in each of its transactions: after so long a run that
 * died is begun again.
 */
const LEASE_SECONDS = 60;

/** The requests that concern one tenant: its own and those of all. */
export class TypeormTenantRecalculations implements TenantRecalculations {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  request(cause: string): Promise<void> {
    return request(this.transaction, this.tenant, cause);
  }

  async pending(): Promise<PendingRecalculation | undefined> {
    const { rows } = await this.transaction.sql<{ id: string; cause: string }>(PENDING, [this.tenant]);
    const last = rows.at(-1);
    return last === undefined ? undefined : { causes: rows.map(({ cause }) => cause), upTo: Number(last.id) };
  }

  async newest(): Promise<number> {
    const { rows } = await this.transaction.sql<{ id: string }>(NEWEST, [this.tenant]);
    return Number(rows[0]?.id ?? 0);
  }

  async claim(): Promise<string | undefined> {
    const { rows } = await this.transaction.sql<{ run: string }>(CLAIM, [this.tenant]);
    return rows[0]?.run;
  }

  async renew(run: string): Promise<boolean> {
    const { count } = await this.transaction.sql(RENEW, [this.tenant, run]);
    return count === 1;
  }

  async done(run: string, upTo = 0): Promise<void> {
    await this.transaction.sql(DONE, [this.tenant, run, upTo]);
  }

  async release(run: string): Promise<void> {
    await this.transaction.sql(RELEASE, [this.tenant, run]);
  }
}

/** Requests that concern all tenants. */
export class TypeormSystemRecalculations implements SystemRecalculations {
  constructor(private readonly transaction: Transaction) {}

  request(cause: string): Promise<void> {
    return request(this.transaction, null, cause);
  }

  async tenantsPending(): Promise<readonly TenantId[]> {
    const { rows } = await this.transaction.sql<{ tenant_id: TenantId }>(TENANTS_PENDING, [
      RECHECK_SECONDS,
      RECHECK_PAUSE_SECONDS,
    ]);
    return rows.map(({ tenant_id: id }) => id);
  }
}

async function request(transaction: Transaction, tenant: TenantId | null, cause: string): Promise<void> {
  await transaction.sql(LOCK_REQUESTS);
  await transaction.sql('INSERT INTO recalculation_request (tenant_id, cause) VALUES ($1, $2)', [tenant, cause]);
}

/**
 * Held until the transaction ends: ids are taken and committed in one order. Otherwise a run could see request 6, note
 * that all up to 6 is done, and never hear of 5, which commits a moment later.
 */
const LOCK_REQUESTS = "SELECT pg_advisory_xact_lock(hashtextextended('recalculation-request', 0))";

const seconds = (count: number): string => `make_interval(secs => ${String(count)})`;

/**
 * Up to here everything is done, and long enough ago, or again a moment ago: ids and moments rise together
 * (LOCK_REQUESTS).
 */
const SETTLED = `least(coalesce(done.up_to, 0),
  CASE WHEN done.ran_at > (SELECT app_now()) - ${seconds(RECHECK_PAUSE_SECONDS)} THEN NULL ELSE
    (SELECT min(id) - 1 FROM recalculation_request WHERE at > (SELECT app_now()) - ${seconds(RECHECK_SECONDS)}) END)`;

/** $1 tenant. */
const PENDING = `
  SELECT id, cause FROM recalculation_request
  WHERE (tenant_id = $1 OR tenant_id IS NULL)
    AND id > (SELECT ${SETTLED} FROM (SELECT) AS one LEFT JOIN recalculation_done AS done ON done.tenant_id = $1)
  ORDER BY id`;

/** $1 tenant. */
const NEWEST = `
  SELECT greatest(
    (SELECT max(id) FROM recalculation_request WHERE tenant_id = $1),
    (SELECT max(id) FROM recalculation_request WHERE tenant_id IS NULL)) AS id`;

const IS_HELD = 'lease_until > (SELECT app_now())';
const LEASE_END = `(SELECT app_now()) + ${seconds(LEASE_SECONDS)}`;

/** $1 tenant. A lease that is seen to be held is not waited for: its row is locked while a chunk is stored. */
const CLAIM = `
  INSERT INTO recalculation_done AS known (tenant_id, run, lease_until)
  SELECT $1, gen_random_uuid(), ${LEASE_END}
  WHERE NOT EXISTS (SELECT FROM recalculation_done WHERE tenant_id = $1 AND ${IS_HELD})
  ON CONFLICT (tenant_id) DO UPDATE SET run = excluded.run, lease_until = excluded.lease_until
    WHERE (known.${IS_HELD}) IS NOT TRUE
  RETURNING run`;

/** $1 tenant, $2 run. */
const RENEW = `UPDATE recalculation_done SET lease_until = ${LEASE_END} WHERE tenant_id = $1 AND run = $2`;

/** $1 tenant, $2 run, $3 id. */
const DONE = `
  UPDATE recalculation_done SET up_to = greatest(up_to, $3), ran_at = (SELECT app_now()), run = NULL, lease_until = NULL
  WHERE tenant_id = $1 AND run = $2`;

/** $1 tenant, $2 run. */
const RELEASE = `UPDATE recalculation_done SET run = NULL, lease_until = NULL WHERE tenant_id = $1 AND run = $2`;

const TENANTS_PENDING = 'SELECT tenant_id FROM tenants_to_recalculate($1, $2)';
