import type { BegunRequest, IdempotencyClaim, RequestAnswer, RequestAnswers, TenantId } from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';

interface Row {
  readonly fingerprint: string;
  readonly status: number | null;
  readonly body: string | null;
  readonly location: string | null;
}

export class TypeormRequestAnswers implements RequestAnswers {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  /** Waits for another transaction that begins the same key now, and answers by what became of it. */
  async begin({ key, fingerprint }: IdempotencyClaim, attempt: string, leaseSeconds: number): Promise<BegunRequest> {
    const { sql } = this.transaction;
    await sql(FORGET, [this.tenant]);
    const begun = await sql(BEGIN, [this.tenant, key, fingerprint, attempt, leaseSeconds]);
    if (begun.count === 1) return { kind: 'begun' };
    const [row] = (await sql<Row>(FIND, [this.tenant, key])).rows;
    if (row === undefined) return { kind: 'running' };
    if (row.fingerprint !== fingerprint) return { kind: 'reused' };
    return row.status === null ? { kind: 'running' } : { kind: 'answered', answer: answerOf(row, row.status) };
  }

  async end(key: string, attempt: string, { status, body, location }: RequestAnswer): Promise<void> {
    await this.transaction.sql(END, [this.tenant, key, attempt, status, body ?? null, location ?? null]);
  }

  async release(key: string, attempt: string): Promise<void> {
    await this.transaction.sql(RELEASE, [this.tenant, key, attempt]);
  }
}

const answerOf = ({ body, location }: Row, status: number): RequestAnswer => ({
  status,
  ...(body === null ? {} : { body }),
  ...(location === null ? {} : { location }),
});

/** $1 tenant. A few at a time, so that no request pays for many. */
const FORGET = `
  DELETE FROM request_answer WHERE tenant_id = $1 AND key IN (
    SELECT key FROM request_answer
    WHERE tenant_id = $1 AND started_at < app_now() - interval '30 days' AND lease_until < app_now()
    ORDER BY started_at LIMIT 10 FOR UPDATE SKIP LOCKED)`;

/** $1 tenant, $2 key, $3 fingerprint, $4 attempt, $5 seconds. A row without an answer is taken over once its lease ended. */
const BEGIN = `
  INSERT INTO request_answer AS known (tenant_id, key, fingerprint, attempt, lease_until)
  VALUES ($1, $2, $3, $4, app_now() + make_interval(secs => $5))
  ON CONFLICT (tenant_id, key) DO UPDATE
  SET attempt = excluded.attempt, started_at = excluded.started_at, lease_until = excluded.lease_until
  WHERE known.status IS NULL AND known.fingerprint = excluded.fingerprint AND known.lease_until < app_now()`;

const FIND = `SELECT fingerprint, status, body, location FROM request_answer WHERE tenant_id = $1 AND key = $2`;

/** $1 tenant, $2 key, $3 attempt, $4 status, $5 body, $6 location. */
const END = `
  UPDATE request_answer SET status = $4, body = $5, location = $6
  WHERE tenant_id = $1 AND key = $2 AND attempt = $3 AND status IS NULL`;

const RELEASE = 'DELETE FROM request_answer WHERE tenant_id = $1 AND key = $2 AND attempt = $3 AND status IS NULL';
