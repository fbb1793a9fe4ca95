import {
  ConcurrentUpdateError,
  isDrillUnderWay,
  type ClaimedDrill,
  type Drill,
  type DrillId,
  type DrillIn,
  type DrillRepository,
  type DrillUnderWay,
  type IdempotencyClaim,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';
import { progressText, toDrill, type DrillRow } from './drill.mapper.js';

export class TypeormDrillRepository implements DrillRepository {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add(drill: DrillIn<'prepared'>, claim?: IdempotencyClaim): Promise<boolean> {
    const { id, state, scheduled, person, actor, invoicesPerContext, requestedAt, version } = drill;
    const { count } = await this.transaction.sql(ADD, [
      ...[this.tenant, id, state, scheduled, person, actor, invoicesPerContext, instantText(requestedAt)],
      ...[progressText(drill), version, claim?.key ?? null, claim?.fingerprint ?? null],
    ]);
    return count === 1;
  }

  async findByKey(key: string): Promise<ClaimedDrill | undefined> {
    const sql = 'SELECT * FROM drill WHERE tenant_id = $1 AND idempotency_key = $2';
    const [row] = (await this.transaction.sql<DrillRow>(sql, [this.tenant, key])).rows;
    return row === undefined ? undefined : { drill: toDrill(row), fingerprint: row.fingerprint ?? '' };
  }

  async find(id: DrillId): Promise<Drill | undefined> {
    return (await this.select('AND id = $2', [id]))[0];
  }

  async underWay(): Promise<DrillUnderWay | undefined> {
    return (await this.select(`AND ${UNDER_WAY}`, [])).find(isDrillUnderWay);
  }

  list(limit: number, after?: DrillId): Promise<readonly Drill[]> {
    return this.select(PAGE, [limit, after ?? null]);
  }

  async claim(seconds: number): Promise<DrillUnderWay | undefined> {
    const { rows } = await this.transaction.sql<DrillRow>(CLAIM, [this.tenant, seconds]);
    return rows.map(toDrill).find(isDrillUnderWay);
  }

  async postpone(id: DrillId, seconds: number): Promise<void> {
    await this.transaction.sql(
      `UPDATE drill SET look_after = app_now() + make_interval(secs => $3)
       WHERE tenant_id = $1 AND id = $2 AND ${UNDER_WAY}`,
      [this.tenant, id, seconds],
    );
  }

  async save(drill: Drill): Promise<void> {
    const { id, version, state } = drill;
    const { count } = await this.transaction.sql(SAVE, [this.tenant, id, version, state, progressText(drill)]);
    if (count !== 1) throw new ConcurrentUpdateError(`drill ${id} is no longer at version ${String(version)}`);
  }

  private async select(where: string, values: readonly unknown[]): Promise<readonly Drill[]> {
    const sql = `SELECT * FROM drill WHERE tenant_id = $1 ${where}`;
    return (await this.transaction.sql<DrillRow>(sql, [this.tenant, ...values])).rows.map(toDrill);
  }
}

/** The same words as the index. */
const UNDER_WAY = `state NOT IN ('checked', 'failed', 'skipped')`;

const ADD = `
  INSERT INTO drill (tenant_id, id, state, scheduled, person, actor, invoices_per_context, requested_at, progress,
    version, idempotency_key, fingerprint)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  ON CONFLICT DO NOTHING`;

/** $2 at most so many, $3 the last one of the page before. */
const PAGE = `
  AND ($3::uuid IS NULL OR (requested_at, id) < (
    SELECT requested_at, id FROM drill AS before WHERE before.tenant_id = $1 AND before.id = $3))
  ORDER BY requested_at DESC, id DESC LIMIT $2`;

/** $2 seconds. A row that another holds is passed over. */
const CLAIM = `
  UPDATE drill SET look_after = app_now() + make_interval(secs => $2)
  WHERE tenant_id = $1 AND id = (
    SELECT id FROM drill WHERE tenant_id = $1 AND ${UNDER_WAY} AND look_after <= app_now() FOR UPDATE SKIP LOCKED)
  RETURNING *`;

const SAVE = `
  UPDATE drill SET version = version + 1, updated_at = app_now(), state = $4, progress = $5
  WHERE tenant_id = $1 AND id = $2 AND version = $3 AND ${UNDER_WAY}`;
