import {
  PUBLISHED_CONTEXT_LIMITS,
  Temporal,
  type ContextIdentifier,
  type ContextLimits,
  type ContextLimitsSource,
  type Instant,
  type KsefAccess,
  type KsefLimits,
  type KsefLimitsBook,
} from '@latarnik/domain';
import type { Transactions } from '../database/transactions.js';

/** What KSeF said of its limits, in PostgreSQL: one row for each context, whoever its tenants are. */
export class PostgresKsefLimitsBook implements KsefLimitsBook, ContextLimitsSource {
  /** @param environment of KSeF: each has limits of its own */
  constructor(
    private readonly transactions: Transactions,
    private readonly environment: string,
  ) {}

  async contextLimits({ context }: KsefAccess): Promise<ContextLimits> {
    return (await this.find(context))?.limits.context ?? PUBLISHED_CONTEXT_LIMITS;
  }

  async find(
    context: ContextIdentifier,
  ): Promise<{ readonly limits: KsefLimits; readonly readAt: Instant } | undefined> {
    const rows = await this.rows<{ limits: KsefLimits; read_at: string }>(FIND, this.key(context));
    return rows[0] && { limits: rows[0].limits, readAt: Temporal.Instant.from(rows[0].read_at) };
  }

  async save(context: ContextIdentifier, limits: KsefLimits): Promise<void> {
    await this.rows(SAVE, [...this.key(context), JSON.stringify(limits)]);
  }

  async claim(
    context: ContextIdentifier,
    { olderThanSeconds, retrySeconds }: { readonly olderThanSeconds: number; readonly retrySeconds: number },
  ): Promise<boolean> {
    return (await this.rows(CLAIM, [...this.key(context), olderThanSeconds, retrySeconds])).length === 1;
  }

  private key({ type, value }: ContextIdentifier): readonly string[] {
    return [this.environment, type, value];
  }

  private async rows<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return (await this.transactions.run(undefined, ({ sql }) => sql<Row>(text, values))).rows;
  }
}

const FIND = `
  SELECT limits, read_at::text FROM ksef_limits
  WHERE environment = $1 AND context_type = $2 AND context_value = $3 AND read_at IS NOT NULL`;

const SAVE = `
  INSERT INTO ksef_limits (environment, context_type, context_value, limits, read_at, claimed_at)
  VALUES ($1, $2, $3, $4::jsonb, app_now(), app_now())
  ON CONFLICT (environment, context_type, context_value)
    DO UPDATE SET limits = EXCLUDED.limits, read_at = EXCLUDED.read_at`;

const CLAIM = `
  INSERT INTO ksef_limits (environment, context_type, context_value, claimed_at) VALUES ($1, $2, $3, app_now())
  ON CONFLICT (environment, context_type, context_value) DO UPDATE SET claimed_at = EXCLUDED.claimed_at
  WHERE (ksef_limits.read_at IS NULL OR ksef_limits.read_at <= app_now() - make_interval(secs => $4))
    AND ksef_limits.claimed_at <= app_now() - make_interval(secs => $5)
  RETURNING 1`;
