import {
  contextLabel,
  fromBase64,
  Temporal,
  type ApiKey,
  type ApiKeyBook,
  type Instant,
  type NewApiKey,
  type TenantId,
  type TenantPermission,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';
import type { Transaction } from '../database/transactions.js';
import { toContext } from './typeorm-api-keys.js';

interface ApiKeyRow {
  readonly id: string;
  readonly client: string;
  readonly scopes: readonly string[];
  readonly contexts: readonly string[] | null;
  readonly ip_ranges: readonly string[] | null;
  readonly created_at: string;
  readonly created_by: string;
  readonly expires_at: string;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
}

export class TypeormApiKeyBook implements ApiKeyBook {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async lock(): Promise<void> {
    await this.transaction.sql(`SELECT pg_advisory_xact_lock(hashtextextended('api-keys:' || $1, 0))`, [this.tenant]);
  }

  async add({ key, sha256, idempotencyKey, fingerprint }: NewApiKey): Promise<void> {
    const expiresAt = required(key.expiresAt ?? null, 'end of a new key');
    await this.transaction.sql(ADD, [
      ...[this.tenant, key.id, Buffer.from(required(fromBase64(sha256) ?? null, 'hash'))],
      ...[key.client, key.scopes, key.contexts?.map(contextLabel) ?? null, key.ipRanges ?? null],
      ...[instantText(key.createdAt), key.createdBy, instantText(expiresAt), idempotencyKey, fingerprint],
    ]);
  }

  async all(): Promise<readonly ApiKey[]> {
    const { rows } = await this.transaction.sql<ApiKeyRow>(
      `SELECT ${COLUMNS} FROM api_key WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC`,
      [this.tenant],
    );
    return rows.map(toApiKey);
  }

  async byIdempotencyKey(key: string): ReturnType<ApiKeyBook['byIdempotencyKey']> {
    const { rows } = await this.transaction.sql<ApiKeyRow & { fingerprint: string }>(
      `SELECT ${COLUMNS}, fingerprint FROM api_key WHERE tenant_id = $1 AND idempotency_key = $2`,
      [this.tenant, key],
    );
    const [row] = rows;
    return row === undefined ? undefined : { key: toApiKey(row), fingerprint: row.fingerprint };
  }

  async revoke(id: string, at: Instant): Promise<ApiKey | undefined> {
    await this.transaction.sql(
      'UPDATE api_key SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL',
      [this.tenant, id, instantText(at)],
    );
    const { rows } = await this.transaction.sql<ApiKeyRow>(
      `SELECT ${COLUMNS} FROM api_key WHERE tenant_id = $1 AND id = $2`,
      [this.tenant, id],
    );
    return rows[0] === undefined ? undefined : toApiKey(rows[0]);
  }
}

const COLUMNS =
  'id, coalesce(client, id) AS client, scopes, contexts, ip_ranges, created_at, created_by, expires_at, revoked_at, last_used_at';

const ADD = `
  INSERT INTO api_key (tenant_id, id, sha256, client, scopes, contexts, ip_ranges, created_at, created_by, expires_at,
    idempotency_key, fingerprint)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`;

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    client: row.client,
    scopes: row.scopes as readonly TenantPermission[],
    createdAt: Temporal.Instant.from(row.created_at),
    createdBy: row.created_by,
    expiresAt: Temporal.Instant.from(row.expires_at),
    ...(row.contexts === null ? {} : { contexts: row.contexts.map(toContext) }),
    ...(row.ip_ranges === null ? {} : { ipRanges: row.ip_ranges }),
    ...(row.revoked_at === null ? {} : { revokedAt: Temporal.Instant.from(row.revoked_at) }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: Temporal.Instant.from(row.last_used_at) }),
  };
}
