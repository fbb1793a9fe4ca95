import {
  ConcurrentUpdateError,
  StaleLeaseError,
  type Batch,
  type BatchId,
  type BatchFilter,
  type BatchLease,
  type BatchRepository,
  type PlannedBatch,
  type SessionReference,
  type TenantId,
} from '@latarnik/domain';
import type { SelectQueryBuilder } from 'typeorm';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';
import { progressOf, toBatch } from './batch.mapper.js';
import { BatchRecord } from './batch.record.js';

/** Leases and next actions go by the clock of the database, `app_now()`. */
export class TypeormBatchRepository implements BatchRepository {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** Due at once: the sweeper finds it even when its job is lost. */
  async add(batch: PlannedBatch): Promise<void> {
    const { id, context, formCode, invoiceCount, plannedAt, openAttempts, version } = batch;
    await this.transaction.sql(ADD, [
      ...[this.tenant, id, context.type, context.value],
      ...[formCode.systemCode, formCode.schemaVersion, formCode.value],
      ...[invoiceCount, instantText(plannedAt), openAttempts, version],
      JSON.stringify(progressOf(batch).body),
    ]);
  }

  async find(id: BatchId): Promise<Batch | undefined> {
    const record = await this.select().andWhere('batch.id = :id', { id }).getOne();
    return record === null ? undefined : (await this.withUploads([record]))[0];
  }

  async findBySession(reference: SessionReference): Promise<Batch | undefined> {
    const record = await this.select().andWhere('batch.sessionReference = :reference', { reference }).getOne();
    return record === null ? undefined : toBatch(record);
  }

  async list(limit: number, after?: BatchId, { states, context }: BatchFilter = {}): Promise<readonly Batch[]> {
    const query = this.select().orderBy('batch.id', 'DESC').limit(limit);
    if (states !== undefined) query.andWhere('batch.state = ANY (:states)', { states });
    if (context !== undefined) {
      query.andWhere('batch.contextType = :type AND batch.contextValue = :value', { ...context });
    }
    if (after !== undefined) query.andWhere('batch.id < :after', { after });
    return this.withUploads(await query.getMany());
  }

  async lease(id: BatchId, owner: string, leaseSeconds: number): Promise<BatchLease | undefined> {
    const { rows } = await this.transaction.sql<{ fence: string }>(LEASE, [this.tenant, id, owner, leaseSeconds]);
    const [row] = rows;
    return row === undefined ? undefined : { batchId: id, fence: BigInt(row.fence) };
  }

  async save(batch: Batch, lease: BatchLease, nextActionInSeconds: number | undefined): Promise<void> {
    const { state, openAttempts, sessionReference, body, sealedSessionKey, initializationVector } = progressOf(batch);
    const { count } = await this.transaction.sql(SAVE, [
      ...[this.tenant, batch.id, batch.version, lease.fence.toString(), nextActionInSeconds ?? null],
      ...[state, openAttempts, sessionReference, JSON.stringify(body)],
      ...[toBuffer(sealedSessionKey), toBuffer(initializationVector)],
    ]);
    if (count === 1) return;
    await this.assertHeld(lease);
    throw new ConcurrentUpdateError(`batch ${batch.id} is no longer at version ${batch.version}`);
  }

  async renew(lease: BatchLease, leaseSeconds: number): Promise<void> {
    const { count } = await this.transaction.sql(
      `UPDATE batch SET lease_until = app_now() + make_interval(secs => $4)
       WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND lease_until IS NOT NULL`,
      [this.tenant, lease.batchId, lease.fence.toString(), leaseSeconds],
    );
    if (count !== 1) throw new StaleLeaseError(`batch ${lease.batchId}: the lease was lost or given back`);
  }

  async postpone(lease: BatchLease, nextActionInSeconds: number): Promise<void> {
    const { count } = await this.transaction.sql(
      `UPDATE batch SET next_action_at = app_now() + make_interval(secs => $4), updated_at = app_now()
       WHERE tenant_id = $1 AND id = $2 AND fence = $3`,
      [this.tenant, lease.batchId, lease.fence.toString(), nextActionInSeconds],
    );
    if (count !== 1) await this.assertHeld(lease);
  }

  async release(lease: BatchLease): Promise<void> {
    await this.transaction.sql(
      `UPDATE batch SET lease_owner = NULL, lease_until = NULL, unfinished_runs = 0
       WHERE tenant_id = $1 AND id = $2 AND fence = $3`,
      [this.tenant, lease.batchId, lease.fence.toString()],
    );
  }

  /** Which parts of an open batch were uploaded is known from their rows. */
  private async withUploads(records: readonly BatchRecord[]): Promise<readonly Batch[]> {
    const open = records.filter(({ state }) => state === 'open').map(({ id }) => id);
    if (open.length === 0) return records.map((record) => toBatch(record));
    const { rows } = await this.transaction.sql<{ batch_id: string; ordinal: number }>(UPLOADED, [this.tenant, open]);
    return records.map((record) =>
      toBatch(
        record,
        rows.filter((row) => row.batch_id === record.id).map(({ ordinal }) => ordinal),
      ),
    );
  }

  private async assertHeld({ batchId, fence }: BatchLease): Promise<void> {
    const record = await this.select().andWhere('batch.id = :batchId', { batchId }).getOne();
    if (record === null) throw new Error(`there is no batch ${batchId}`);
    if (BigInt(record.fence) !== fence) {
      throw new StaleLeaseError(`batch ${batchId}: fence ${fence} is outdated, it is ${record.fence} now`);
    }
  }

  private select(): SelectQueryBuilder<BatchRecord> {
    return this.transaction.manager
      .createQueryBuilder(BatchRecord, 'batch')
      .where('batch.tenantId = :tenant', { tenant: this.tenant });
  }
}

const ADD = `
  INSERT INTO batch (tenant_id, id, context_type, context_value, form_system_code, form_schema_version, form_value,
    invoice_count, planned_at, open_attempts, version, state, body, next_action_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'planned', $12, app_now())`;

const UPLOADED = `
  SELECT batch_id, ordinal FROM batch_part
  WHERE tenant_id = $1 AND batch_id = ANY ($2::uuid[]) AND state = 'uploaded' ORDER BY batch_id, ordinal`;

const LEASE = `
  UPDATE batch SET fence = fence + 1, lease_owner = $3, lease_until = app_now() + make_interval(secs => $4),
    unfinished_runs = unfinished_runs + 1
  WHERE tenant_id = $1 AND id = $2 AND held_at IS NULL AND (lease_until IS NULL OR lease_until < app_now())
  RETURNING fence`;

const SAVE = `
  UPDATE batch SET state = $6, open_attempts = $7, session_reference = $8, body = $9,
    sealed_session_key = $10, initialization_vector = $11,
    next_action_at = app_now() + make_interval(secs => $5::double precision),
    version = version + 1, updated_at = app_now()
  WHERE tenant_id = $1 AND id = $2 AND version = $3 AND fence = $4`;

const toBuffer = (bytes: Uint8Array | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes));
