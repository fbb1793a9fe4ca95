import {
  ConcurrentUpdateError,
  type ClaimedEmail,
  type Email,
  type EmailBook,
  type EmailEnd,
  type EmailFailure,
  type EmailId,
  type EmailSettlement,
  type EventSequence,
  type IdempotencyClaim,
  type InvoiceId,
  type PendingEmail,
  type SentFile,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';
import { toEmail, type EmailRow } from './email.mapper.js';

/** As long as the column takes. */
const LONGEST_CAUSE = 300;

export class TypeormEmailBook implements EmailBook {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add(email: PendingEmail, claim?: IdempotencyClaim): Promise<boolean> {
    const { id, invoiceId, recipient, language, cause, requestedAt, requestedBy, nextAttemptAt } = email;
    const { count } = await this.transaction.sql(ADD, [
      ...[this.tenant, id, invoiceId, recipient, language, cause, instantText(requestedAt), requestedBy],
      ...[instantText(nextAttemptAt), claim?.key ?? null, claim?.fingerprint ?? null],
    ]);
    return count === 1;
  }

  async findByKey(key: string) {
    const [row] = await this.select('AND idempotency_key = $2', [key]);
    return row && { email: toEmail(row), fingerprint: row.fingerprint ?? '' };
  }

  async find(id: EmailId): Promise<Email | undefined> {
    const [row] = await this.select('AND id = $2', [id]);
    return row && toEmail(row);
  }

  async of(id: InvoiceId): Promise<readonly Email[]> {
    return (await this.select('AND invoice_id = $2 ORDER BY requested_at, id', [id])).map(toEmail);
  }

  async claim(
    { owner, leaseSeconds }: { readonly owner: string; readonly leaseSeconds: number },
    limit: number,
  ): Promise<readonly ClaimedEmail[]> {
    const { rows } = await this.transaction.sql<EmailRow>(CLAIM, [this.tenant, limit, owner, leaseSeconds]);
    return rows.map((row) => ({ email: toEmail(row), fence: BigInt(row.fence) }));
  }

  async begin(claimed: ClaimedEmail, { document, sha256 }: SentFile): Promise<boolean> {
    const { count } = await this.transaction.sql(BEGIN, [...this.held(claimed), document, sha256]);
    return count === 1;
  }

  async end(claimed: ClaimedEmail, end: EmailEnd): Promise<boolean> {
    const { count } = await this.transaction.sql(END, [...this.held(claimed), ...endColumns(end)]);
    return count === 1;
  }

  async surrender({ cause }: EmailFailure): Promise<readonly Email[]> {
    const { rows } = await this.transaction.sql<EmailRow>(SURRENDER, [this.tenant, cause]);
    return rows.map(toEmail);
  }

  async settle({ id, version }: Email, settlement: EmailSettlement): Promise<void> {
    const columns =
      settlement.state === 'pending' ? [settlement.state, 0, null, null, null, null] : endColumns(settlement);
    const { count } = await this.transaction.sql(SETTLE, [this.tenant, id, version, ...columns]);
    if (count !== 1) throw new ConcurrentUpdateError(`e-mail ${id} is no longer at the version that was read`);
  }

  async lockDecided(): Promise<EventSequence | undefined> {
    const { rows } = await this.transaction.sql<{ up_to: string }>(
      'SELECT up_to FROM email_decided WHERE tenant_id = $1 FOR UPDATE',
      [this.tenant],
    );
    return rows[0] === undefined ? undefined : (BigInt(rows[0].up_to) as EventSequence);
  }

  async decided(upTo: EventSequence): Promise<void> {
    await this.transaction.sql(DECIDED, [this.tenant, String(upTo)]);
  }

  private async select(where: string, values: readonly unknown[]): Promise<readonly EmailRow[]> {
    const sql = `SELECT ${COLUMNS} FROM email WHERE tenant_id = $1 ${where}`;
    return (await this.transaction.sql<EmailRow>(sql, [this.tenant, ...values])).rows;
  }

  private held({ email: { id }, fence }: ClaimedEmail): readonly unknown[] {
    return [this.tenant, id, String(fence)];
  }
}

/** State, seconds until the next attempt, delivered at, cause and status of a failure, why withdrawn. */
function endColumns(end: EmailEnd): readonly unknown[] {
  const failure = 'failure' in end ? end.failure : undefined;
  return [
    end.state,
    end.state === 'pending' ? end.afterSeconds : null,
    end.state === 'delivered' ? instantText(end.at) : null,
    failure?.cause.slice(0, LONGEST_CAUSE) ?? null,
    failure?.smtpStatus ?? null,
    end.state === 'withdrawn' ? end.reason : null,
  ];
}

/** Moments as text: the driver knows no microseconds. */
const COLUMNS = `id, invoice_id, recipient, language, cause, requested_at::text, requested_by, state, attempts, version,
  next_attempt_at::text, fence::text, document, encode(sha256, 'base64') AS sha256, delivered_at::text, failure_cause,
  failure_status, withdrawn_reason, fingerprint`;

const ADD = `
  INSERT INTO email (tenant_id, id, invoice_id, recipient, language, cause, requested_at, requested_by, state, attempts,
    version, next_attempt_at, idempotency_key, fingerprint)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', 0, 0, $9, $10, $11)
  ON CONFLICT DO NOTHING`;

/** By the database's clock. One that was being prepared has not left: whoever finds it goes on. */
const CLAIM = `
  WITH due AS (
    SELECT id FROM email
    WHERE tenant_id = $1 AND ((state = 'pending' AND next_attempt_at <= (SELECT app_now()))
      OR (state = 'preparing' AND lease_until < (SELECT app_now())))
    ORDER BY next_attempt_at NULLS FIRST, id
    LIMIT $2 FOR UPDATE SKIP LOCKED
  )
  UPDATE email SET state = 'preparing', lease_owner = $3, lease_until = app_now() + make_interval(secs => $4),
    fence = fence + 1, attempts = attempts + 1, version = version + 1, next_attempt_at = NULL
  WHERE tenant_id = $1 AND id IN (SELECT id FROM due)
  RETURNING ${COLUMNS}`;

const HELD = `tenant_id = $1 AND id = $2 AND fence = $3::bigint`;

const BEGIN = `
  UPDATE email SET state = 'sending', document = $4, sha256 = decode($5, 'base64'), version = version + 1
  WHERE ${HELD} AND state = 'preparing'`;

const ENDED = (first: number): string => `
  state = $${first}, lease_owner = NULL, lease_until = NULL, version = version + 1,
  next_attempt_at = app_now() + make_interval(secs => $${first + 1}::double precision),
  delivered_at = $${first + 2}::timestamptz,
  failure_cause = coalesce($${first + 3}, failure_cause), failure_status = $${first + 4}::integer,
  withdrawn_reason = $${first + 5}`;

const END = `UPDATE email SET ${ENDED(4)} WHERE ${HELD} AND state IN ('preparing', 'sending')`;

const SETTLE = `
  UPDATE email SET ${ENDED(4)} WHERE tenant_id = $1 AND id = $2 AND version = $3 AND state IN ('unknown', 'failed')`;

/** A worker that comes back finds its fence outdated. */
const SURRENDER = `
  UPDATE email SET state = 'unknown', lease_owner = NULL, lease_until = NULL, fence = fence + 1, version = version + 1,
    failure_cause = $2, failure_status = NULL
  WHERE tenant_id = $1 AND state = 'sending' AND lease_until < app_now()
  RETURNING ${COLUMNS}`;

const DECIDED = `
  INSERT INTO email_decided (tenant_id, up_to) VALUES ($1, $2::bigint)
  ON CONFLICT (tenant_id) DO UPDATE SET up_to = greatest(email_decided.up_to, excluded.up_to)`;
