import {
  fromBase64,
  Temporal,
  type FirstApiKey,
  type TenantDirectory,
  type TenantId,
  type TenantSummary,
} from '@latarnik/domain';
import { TypeormAuditTrail } from '../audit/typeorm-audit-trail.js';
import { instantText } from '../database/column-types.js';
import type { Transaction, Transactions } from '../database/transactions.js';
import { TenantContextRecord } from './tenant.record.js';

interface TenantRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

export class TypeormTenantDirectory implements TenantDirectory {
  constructor(private readonly transactions: Transactions) {}

  /** @throws DatabaseError when the tenant or one of the keys exists already: nothing is created then */
  async create(tenant: Parameters<TenantDirectory['create']>[0]): Promise<boolean> {
    const { id, name, contexts, apiKeys, claim, actor = 'installation' } = tenant;
    return this.transactions.run(id, async (transaction) => {
      const { count } = await transaction.sql(CREATE, [id, name, claim?.key ?? null, claim?.fingerprint ?? null]);
      if (count === 0) return false;
      await transaction.manager.insert(
        TenantContextRecord,
        contexts.map((context) => ({ tenantId: id, id: context.id, name: context.name, ...context.identifier })),
      );
      for (const key of apiKeys) await addKey(transaction, id, actor, key);
      if (tenant.actor !== undefined) await tell(transaction, id, tenant.actor, name);
      return true;
    });
  }

  async byIdempotencyKey(key: string): ReturnType<TenantDirectory['byIdempotencyKey']> {
    const [row] = await this.ask<TenantRow & { fingerprint: string }>('SELECT * FROM tenant_of_request($1)', [key]);
    return row === undefined ? undefined : { tenant: toSummary(row), fingerprint: row.fingerprint };
  }

  async exists(id: TenantId): Promise<boolean> {
    const [row] = await this.ask<{ known: boolean }>('SELECT tenant_exists($1) AS known', [id]);
    return row?.known === true;
  }

  async list(limit: number, after: TenantId | undefined): Promise<readonly TenantSummary[]> {
    return (await this.ask<TenantRow>('SELECT * FROM tenants_page($1, $2)', [limit, after ?? null])).map(toSummary);
  }

  private ask<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return this.transactions.run(undefined, async (transaction) => (await transaction.sql<Row>(text, values)).rows);
  }
}

/** A tenant that the same request made before is left alone; one whose id is taken is an error. */
const CREATE = `
  INSERT INTO tenant (id, name, idempotency_key, fingerprint) VALUES ($1, $2, $3, $4)
  ON CONFLICT (idempotency_key) DO NOTHING`;

const ADD_KEY = `
  INSERT INTO api_key (tenant_id, id, sha256, client, scopes, created_by, expires_at)
  VALUES ($1, $2, $3, $4, coalesce($5, ARRAY['read', 'issue', 'resend', 'correct', 'keys', 'audit', 'administer']), $6,
    coalesce($7, app_now() + interval '365 days'))`;

async function addKey(transaction: Transaction, tenant: TenantId, actor: string, key: FirstApiKey): Promise<void> {
  const { id, client = null, scopes = null, expiresAt } = key;
  const expires = expiresAt === undefined ? null : instantText(expiresAt);
  await transaction.sql(ADD_KEY, [tenant, id, Buffer.from(hashOf(key.sha256)), client, scopes, actor, expires]);
}

async function tell(transaction: Transaction, id: TenantId, actor: string, name: string): Promise<void> {
  const { rows } = await transaction.sql<{ at: string }>('SELECT app_now() AS at');
  const at = Temporal.Instant.from(rows[0]?.at ?? '');
  const subject = { kind: 'tenant', id } as const;
  await new TypeormAuditTrail(transaction, id).append([
    { at, actor, action: 'tenant.created', subject, facts: { name } },
  ]);
}

const toSummary = ({ id, name, created_at: createdAt }: TenantRow): TenantSummary => ({
  id: id as TenantId,
  name,
  createdAt: Temporal.Instant.from(createdAt),
});

function hashOf(sha256: string): Uint8Array {
  const hash = fromBase64(sha256);
  if (hash?.length !== 32) throw new Error('the hash of an API key is the Base64 of 32 bytes');
  return hash;
}
