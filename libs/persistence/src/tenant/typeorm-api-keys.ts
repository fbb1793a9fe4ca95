import {
  fromBase64,
  parseContextIdentifier,
  Temporal,
  type ApiKeys,
  type AuthenticatedKey,
  type ContextIdentifier,
  type Permission,
  type TenantId,
} from '@latarnik/domain';
import type { Transactions } from '../database/transactions.js';

interface KeyRow {
  readonly tenant_id: string | null;
  readonly id: string;
  readonly client: string;
  readonly permissions: readonly string[];
  readonly contexts: readonly string[] | null;
  readonly ip_ranges: readonly string[] | null;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

/** Finds the tenant of a key: the one query that cannot know the tenant beforehand. */
export class TypeormApiKeys implements ApiKeys {
  constructor(private readonly transactions: Transactions) {}

  async authenticate(sha256: string): Promise<AuthenticatedKey | undefined> {
    const hash = fromBase64(sha256);
    if (hash?.length !== 32) return undefined;
    const { rows } = await this.transactions.run(undefined, (transaction) =>
      transaction.sql<KeyRow>('SELECT * FROM authenticate_api_key($1)', [Buffer.from(hash)]),
    );
    const [row] = rows;
    return row === undefined ? undefined : toAuthenticatedKey(row);
  }
}

function toAuthenticatedKey(row: KeyRow): AuthenticatedKey {
  return {
    keyId: row.id,
    client: row.client,
    permissions: row.permissions as readonly Permission[],
    ...(row.tenant_id === null ? {} : { tenant: row.tenant_id as TenantId }),
    ...(row.contexts === null ? {} : { contexts: row.contexts.map(toContext) }),
    ...(row.ip_ranges === null ? {} : { ipRanges: row.ip_ranges }),
    ...(row.expires_at === null ? {} : { expiresAt: Temporal.Instant.from(row.expires_at) }),
    ...(row.revoked_at === null ? {} : { revokedAt: Temporal.Instant.from(row.revoked_at) }),
  };
}

/** Reads what `contextLabel` wrote. */
export function toContext(label: string): ContextIdentifier {
  const [type = '', ...rest] = label.split(':');
  const parsed = parseContextIdentifier(type, rest.join(':'));
  if (!parsed.ok) throw new Error('a stored context is none');
  return parsed.value;
}
