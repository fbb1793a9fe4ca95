import {
  ConcurrentUpdateError,
  StaleLeaseError,
  type ApprovedCorrection,
  type CorrectionLease,
  type HeldCorrection,
  type InvoiceId,
  type OpenCorrection,
  type ProposedCorrection,
  type TechnicalCorrection,
  type TechnicalCorrectionId,
  type TechnicalCorrectionRepository,
  type TechnicalCorrectionState,
  type TenantId,
} from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';
import {
  progressText,
  toTechnicalCorrection,
  voiceColumns,
  type TechnicalCorrectionRow,
} from './technical-correction.mapper.js';

/** Leases and looks go by the clock of the database, `app_now()`. */
export class TypeormTechnicalCorrectionRepository implements TechnicalCorrectionRepository {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** Waits for another transaction that adds one for the same invoice now, and answers by what became of it. */
  async add(correction: ProposedCorrection, bytes: Uint8Array, claimKey: string): Promise<boolean> {
    const { id, invoiceId, context, formCode, ordinal, hash, sizeBytes, policy, proposed, ground } = correction;
    const sha256 = Buffer.from(hash);
    const { count } = await this.transaction.sql(ADD, [
      ...[this.tenant, id, invoiceId, context.type, context.value],
      ...[formCode.systemCode, formCode.schemaVersion, formCode.value, ordinal, sha256, sizeBytes, policy],
      ...[...voiceColumns(proposed), ground.ksefStatus, ground.decision ?? null],
      ...[JSON.stringify(correction.comparison), claimKey, correction.version],
    ]);
    if (count === 0) return false;
    await this.transaction.sql(ADD_DOCUMENT, [this.tenant, id, sha256, sizeBytes, Buffer.from(bytes)]);
    return true;
  }

  async find(id: TechnicalCorrectionId): Promise<TechnicalCorrection | undefined> {
    return (await this.select('AND id = $2', [id]))[0];
  }

  async findByKey(claimKey: string): Promise<TechnicalCorrection | undefined> {
    return (await this.select('AND claim_key = $2', [claimKey]))[0];
  }

  of(invoiceId: InvoiceId): Promise<readonly TechnicalCorrection[]> {
    return this.select('AND invoice_id = $2 ORDER BY ordinal', [invoiceId]);
  }

  list(
    states: readonly TechnicalCorrectionState[],
    limit: number,
    after?: TechnicalCorrectionId,
  ): Promise<readonly TechnicalCorrection[]> {
    return this.select(PAGE, [[...states], limit, after ?? null]);
  }

  async bytes(id: TechnicalCorrectionId): Promise<Uint8Array | undefined> {
    const { rows } = await this.transaction.sql<{ bytes: Buffer }>(
      'SELECT bytes FROM technical_correction_document WHERE tenant_id = $1 AND correction_id = $2',
      [this.tenant, id],
    );
    return rows[0] === undefined ? undefined : new Uint8Array(rows[0].bytes);
  }

  async save(correction: TechnicalCorrection): Promise<void> {
    const { count } = await this.transaction.sql(
      `${UPDATE}, look_after = app_now() ${AT_VERSION}`,
      this.values(correction),
    );
    if (count !== 1) throw movedOn(correction);
  }

  async claimApproved(limit: number, leaseSeconds: number): Promise<readonly HeldCorrection<ApprovedCorrection>[]> {
    const held = await this.claim(CLAIM_APPROVED, limit, leaseSeconds);
    return held.filter((each): each is HeldCorrection<ApprovedCorrection> => each.correction.state === 'approved');
  }

  async claimOpen(limit: number, leaseSeconds: number): Promise<readonly HeldCorrection<OpenCorrection>[]> {
    const held = await this.claim(CLAIM_OPEN, limit, leaseSeconds);
    return held.filter((each): each is HeldCorrection<OpenCorrection> => OPEN.has(each.correction.state));
  }

  async saveHeld(
    correction: TechnicalCorrection,
    lease: CorrectionLease,
    lookAgainSeconds: number,
    keep?: { readonly leaseSeconds: number },
  ): Promise<void> {
    const { count } = await this.transaction.sql(SAVE_HELD, [
      ...this.values(correction),
      ...[lease.fence.toString(), lookAgainSeconds, keep?.leaseSeconds ?? null],
    ]);
    if (count === 1) return;
    const { rows } = await this.transaction.sql<{ fence: string }>(
      'SELECT fence FROM technical_correction WHERE tenant_id = $1 AND id = $2',
      [this.tenant, correction.id],
    );
    if (rows[0] !== undefined && BigInt(rows[0].fence) !== lease.fence) {
      throw new StaleLeaseError(`correction ${correction.id}: fence ${lease.fence} is outdated`);
    }
    throw movedOn(correction);
  }

  async renew(leases: readonly CorrectionLease[], leaseSeconds: number): Promise<void> {
    await this.transaction.sql(
      `UPDATE technical_correction AS held SET lease_until = app_now() + make_interval(secs => $4)
       FROM unnest($2::uuid[], $3::bigint[]) AS lease (id, fence)
       WHERE held.tenant_id = $1 AND held.id = lease.id AND held.fence = lease.fence AND lease_until IS NOT NULL`,
      [
        this.tenant,
        leases.map(({ correctionId }) => correctionId),
        leases.map(({ fence }) => fence.toString()),
        leaseSeconds,
      ],
    );
  }

  async release({ correctionId, fence }: CorrectionLease, lookAgainSeconds: number): Promise<void> {
    await this.transaction.sql(
      `UPDATE technical_correction SET lease_until = NULL, look_after = app_now() + make_interval(secs => $4)
       WHERE tenant_id = $1 AND id = $2 AND fence = $3`,
      [this.tenant, correctionId, fence.toString(), lookAgainSeconds],
    );
  }

  private async claim(sql: string, limit: number, leaseSeconds: number): Promise<readonly HeldCorrection[]> {
    const { rows } = await this.transaction.sql<TechnicalCorrectionRow & { readonly rank: string }>(sql, [
      ...[this.tenant, limit, leaseSeconds],
    ]);
    return [...rows]
      .sort((a, b) => Number(a.rank) - Number(b.rank))
      .map((row) => {
        const correction = toTechnicalCorrection(row);
        return { correction, lease: { correctionId: correction.id, fence: BigInt(row.fence) } };
      });
  }

  private async select(where: string, values: readonly unknown[]): Promise<readonly TechnicalCorrection[]> {
    const sql = `SELECT * FROM technical_correction WHERE tenant_id = $1 ${where}`;
    return (await this.transaction.sql<TechnicalCorrectionRow>(sql, [this.tenant, ...values])).rows.map(
      toTechnicalCorrection,
    );
  }

  private values(correction: TechnicalCorrection): readonly unknown[] {
    return [
      ...[this.tenant, correction.id, correction.version, correction.state, correction.attempts],
      ...[[...correction.sessions], progressText(correction)],
      ...voiceColumns('approved' in correction ? correction.approved : undefined),
      ...voiceColumns(correction.state === 'declined' ? correction.declined : undefined),
    ];
  }
}

const OPEN: ReadonlySet<TechnicalCorrection['state']> = new Set(['sending', 'resolving', 'accepted']);

const movedOn = ({ id, version }: TechnicalCorrection): ConcurrentUpdateError =>
  new ConcurrentUpdateError(`correction ${id} is no longer at version ${String(version)}`);

/** $2 states, $3 at most so many, $4 the last one of the page before. */
const PAGE = `
  AND state = ANY ($2) AND ($4::uuid IS NULL OR (proposed_at, id) < (
    SELECT proposed_at, id FROM technical_correction AS before WHERE before.tenant_id = $1 AND before.id = $4))
  ORDER BY proposed_at DESC, id DESC LIMIT $3`;

const ADD = `
  INSERT INTO technical_correction (tenant_id, id, invoice_id, context_type, context_value, form_system_code,
    form_schema_version, form_value, ordinal, sha256, size_bytes, policy, proposed_by, proposed_actor, proposed_at,
    proposed_reason, ground_status, ground_decision, comparison, claim_key, version, state, attempts, sessions, progress)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 'proposed', 0,
    '{}', '{}')
  ON CONFLICT DO NOTHING`;

const ADD_DOCUMENT = `
  INSERT INTO technical_correction_document (tenant_id, correction_id, sha256, size_bytes, bytes)
  VALUES ($1, $2, $3, $4, $5)`;

const UPDATE = `
  UPDATE technical_correction SET state = $4, attempts = $5, sessions = $6, progress = $7,
    approved_by = $8, approved_actor = $9, approved_at = $10, approved_reason = $11,
    declined_by = $12, declined_actor = $13, declined_at = $14, declined_reason = $15,
    version = version + 1, updated_at = app_now()`;

const AT_VERSION = 'WHERE tenant_id = $1 AND id = $2 AND version = $3';

const SAVE_HELD = `
  ${UPDATE}, look_after = app_now() + make_interval(secs => $17),
    lease_until = app_now() + make_interval(secs => $18::double precision)
  ${AT_VERSION} AND fence = $16`;

const FREE = 'look_after <= (SELECT app_now()) AND (lease_until IS NULL OR lease_until < (SELECT app_now()))';

/** $1 tenant, $2 at most so many, $3 seconds. Rows that others hold are passed over. */
const CLAIM_APPROVED = `
  WITH due AS MATERIALIZED (
    SELECT correction.id, coalesce(least(term.target_at, term.ends_at), term.ends_at) AS target_at, term.ends_at
    FROM technical_correction AS correction
      LEFT JOIN invoice_term AS term ON term.tenant_id = $1 AND term.invoice_id = correction.invoice_id
    WHERE correction.tenant_id = $1 AND state = 'approved' AND ${FREE} AND term.kind IS DISTINCT FROM 'none'
    ORDER BY 2 NULLS LAST, term.ends_at NULLS LAST, correction.id
    LIMIT $2
    FOR NO KEY UPDATE OF correction SKIP LOCKED
  ), ranked AS (
    SELECT id, row_number() OVER (ORDER BY target_at NULLS LAST, ends_at NULLS LAST, id) AS rank FROM due
  )
  UPDATE technical_correction AS claimed SET fence = fence + 1, lease_until = app_now() + make_interval(secs => $3)
  FROM ranked WHERE claimed.tenant_id = $1 AND claimed.id = ranked.id
  RETURNING claimed.*, ranked.rank`;

const CLAIM_OPEN = `
  WITH due AS MATERIALIZED (
    SELECT id, look_after FROM technical_correction
    WHERE tenant_id = $1 AND state IN ('sending', 'resolving', 'accepted') AND ${FREE}
    ORDER BY look_after, id
    LIMIT $2
    FOR NO KEY UPDATE SKIP LOCKED
  ), ranked AS (
    SELECT id, row_number() OVER (ORDER BY look_after, id) AS rank FROM due
  )
  UPDATE technical_correction AS claimed SET fence = fence + 1, lease_until = app_now() + make_interval(secs => $3)
  FROM ranked WHERE claimed.tenant_id = $1 AND claimed.id = ranked.id
  RETURNING claimed.*, ranked.rank`;
