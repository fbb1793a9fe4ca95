import {
  ConcurrentUpdateError,
  type CertificateId,
  type ClaimedEnrolment,
  type Enrolment,
  type EnrolmentRepository,
  type IdempotencyClaim,
  type PreparedEnrolment,
  type TenantId,
} from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';
import { instantText } from '../database/column-types.js';
import { progressOf, toEnrolment, type EnrolmentRow } from './enrolment.mapper.js';

export class TypeormEnrolmentRepository implements EnrolmentRepository {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add(enrolment: PreparedEnrolment, { key, fingerprint }: IdempotencyClaim): Promise<boolean> {
    const { id, context, name, type, keyAlgorithm, validFrom, plannedAt, sendings, version, request } = enrolment;
    const { count } = await this.transaction.sql(ADD, [
      ...[this.tenant, id, context.type, context.value, name, type, keyAlgorithm],
      ...[validFrom === undefined ? null : instantText(validFrom), instantText(plannedAt), key, fingerprint],
      ...[enrolment.state, sendings, version],
      ...[Buffer.from(request.csr), request.keyFingerprint, Buffer.from(request.sealedKey)],
    ]);
    return count === 1;
  }

  async find(id: CertificateId): Promise<Enrolment | undefined> {
    return (await this.select('AND id = $2', [id]))[0];
  }

  async findByKey(key: string): Promise<ClaimedEnrolment | undefined> {
    const sql = 'SELECT * FROM enrolment WHERE tenant_id = $1 AND idempotency_key = $2';
    const [row] = (await this.transaction.sql<EnrolmentRow>(sql, [this.tenant, key])).rows;
    return row === undefined ? undefined : { fingerprint: row.fingerprint, enrolment: toEnrolment(row) };
  }

  list(limit: number, after?: CertificateId): Promise<readonly Enrolment[]> {
    return this.select('AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2', [limit, after ?? null]);
  }

  underWay(): Promise<readonly Enrolment[]> {
    return this.select(`AND ${UNDER_WAY} ORDER BY id`, []);
  }

  async claim(limit: number, seconds: number): Promise<readonly Enrolment[]> {
    const { rows } = await this.transaction.sql<EnrolmentRow>(CLAIM, [this.tenant, limit, seconds]);
    return rows.map(toEnrolment);
  }

  async postpone(id: CertificateId, seconds: number): Promise<void> {
    await this.transaction.sql(
      'UPDATE enrolment SET look_after = app_now() + make_interval(secs => $3) WHERE tenant_id = $1 AND id = $2',
      [this.tenant, id, seconds],
    );
  }

  async save(enrolment: Enrolment): Promise<void> {
    const { id, version } = enrolment;
    const { count } = await this.transaction.sql(SAVE, [this.tenant, id, version, ...progressOf(enrolment)]);
    if (count !== 1) throw new ConcurrentUpdateError(`enrolment ${id} is no longer at version ${version}`);
  }

  private async select(where: string, values: readonly unknown[]): Promise<readonly Enrolment[]> {
    const sql = `SELECT * FROM enrolment WHERE tenant_id = $1 ${where}`;
    return (await this.transaction.sql<EnrolmentRow>(sql, [this.tenant, ...values])).rows.map(toEnrolment);
  }
}

/** The same words as the indexes. */
const UNDER_WAY = `state NOT IN ('completed', 'refused')`;

const ADD = `
  INSERT INTO enrolment (tenant_id, id, context_type, context_value, name, type, key_algorithm, valid_from, planned_at,
    idempotency_key, fingerprint, state, sendings, version, csr, key_fingerprint, sealed_key)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
  ON CONFLICT DO NOTHING`;

/** $2 at most so many, $3 seconds. A row that another holds is passed over. */
const CLAIM = `
  UPDATE enrolment SET look_after = app_now() + make_interval(secs => $3)
  FROM (
    SELECT id FROM enrolment
    WHERE tenant_id = $1 AND ${UNDER_WAY} AND look_after <= app_now()
    ORDER BY look_after, id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
  ) AS due
  WHERE enrolment.tenant_id = $1 AND enrolment.id = due.id
  RETURNING enrolment.*`;

/** $3 version, then as `progressOf` gives it. */
const SAVE = `
  UPDATE enrolment SET version = version + 1, updated_at = app_now(), state = $4, sendings = $5, csr = $6,
    key_fingerprint = $7, sealed_key = $8, sent_at = $9, remaining_before = $10, reference = $11, serial = $12,
    refusal = $13
  WHERE tenant_id = $1 AND id = $2 AND version = $3`;
