import {
  ConcurrentUpdateError,
  Temporal,
  type DeletedWebhook,
  type DisablingCause,
  type EnabledWebhook,
  type IdempotencyClaim,
  type LiveWebhook,
  type SealedWebhookSecret,
  type TenantId,
  type Webhook,
  type WebhookId,
  type WebhookRepository,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';
import type { Transaction } from '../database/transactions.js';

export class TypeormWebhookRepository implements WebhookRepository {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add(webhook: EnabledWebhook, secret: SealedWebhookSecret, claim: IdempotencyClaim): Promise<boolean> {
    const { id, url, filter, description, createdAt, createdBy, version } = webhook;
    const { count } = await this.transaction.sql(ADD, [
      ...[this.tenant, id, url, [...filter], description, instantText(createdAt), createdBy, version],
      ...[claim.key, claim.fingerprint],
    ]);
    if (count === 0) return false;
    await this.transaction.sql(ADD_SECRET, [this.tenant, secret.id, id, Buffer.from(secret.box)]);
    return true;
  }

  async findByKey(key: string): Promise<{ readonly webhook: Webhook; readonly fingerprint: string } | undefined> {
    const sql = 'SELECT * FROM webhook WHERE tenant_id = $1 AND idempotency_key = $2';
    const [row] = (await this.transaction.sql<WebhookRow>(sql, [this.tenant, key])).rows;
    return row === undefined ? undefined : { webhook: toWebhook(row), fingerprint: row.fingerprint };
  }

  async find(id: WebhookId): Promise<LiveWebhook | undefined> {
    return (await this.live('AND id = $2', [id]))[0];
  }

  all(): Promise<readonly LiveWebhook[]> {
    return this.live('ORDER BY created_at, id', []);
  }

  async save(webhook: LiveWebhook): Promise<void> {
    const isDisabled = webhook.state === 'disabled';
    const { count } = await this.transaction.sql(SAVE, [
      ...[this.tenant, webhook.id, webhook.version, webhook.state, [...webhook.filter], webhook.description],
      isDisabled ? webhook.cause : null,
      isDisabled ? instantText(webhook.disabledAt) : null,
    ]);
    if (count !== 1) throw conflict(webhook);
  }

  async remove(webhook: DeletedWebhook): Promise<void> {
    const { id, version, deletedAt } = webhook;
    const { count } = await this.transaction.sql(REMOVE, [this.tenant, id, version, instantText(deletedAt)]);
    if (count !== 1) throw conflict(webhook);
    for (const table of ['webhook_delivery', 'webhook_secret']) {
      await this.transaction.sql(`DELETE FROM ${table} WHERE tenant_id = $1 AND webhook_id = $2`, [this.tenant, id]);
    }
  }

  async secrets(id: WebhookId): Promise<readonly SealedWebhookSecret[]> {
    const { rows } = await this.transaction.sql<{ id: string; box: Buffer }>(SECRETS, [this.tenant, id]);
    return rows.map((row) => ({ id: row.id, box: Uint8Array.from(row.box) }));
  }

  async addSecret(id: WebhookId, secret: SealedWebhookSecret, overlapSeconds: number): Promise<void> {
    await this.transaction.sql(END_OLD_SECRETS, [this.tenant, id]);
    await this.transaction.sql(
      `UPDATE webhook_secret SET signs_until = app_now() + make_interval(secs => $3)
       WHERE tenant_id = $1 AND webhook_id = $2 AND signs_until IS NULL`,
      [this.tenant, id, overlapSeconds],
    );
    await this.transaction.sql(ADD_SECRET, [this.tenant, secret.id, id, Buffer.from(secret.box)]);
  }

  private async live(condition: string, values: readonly unknown[]): Promise<readonly LiveWebhook[]> {
    const sql = `SELECT * FROM webhook WHERE tenant_id = $1 AND state <> 'deleted' ${condition}`;
    const { rows } = await this.transaction.sql<WebhookRow>(sql, [this.tenant, ...values]);
    return rows.map(toWebhook).filter((webhook) => webhook.state !== 'deleted');
  }
}

const conflict = ({ id, version }: Webhook): ConcurrentUpdateError =>
  new ConcurrentUpdateError(`webhook ${id} is no longer at version ${String(version)}`);

interface WebhookRow {
  readonly id: string;
  readonly state: Webhook['state'];
  readonly url: string;
  readonly filter: readonly string[];
  readonly description: string;
  readonly created_at: string;
  readonly created_by: string;
  readonly version: number;
  readonly disabled_cause: DisablingCause | null;
  readonly disabled_at: string | null;
  readonly deleted_at: string | null;
  readonly fingerprint: string;
}

function toWebhook(row: WebhookRow): Webhook {
  const base = {
    id: row.id as WebhookId,
    ...{ url: row.url, filter: row.filter, description: row.description },
    createdAt: Temporal.Instant.from(row.created_at),
    ...{ createdBy: row.created_by, version: row.version },
  };
  switch (row.state) {
    case 'enabled':
      return { ...base, state: 'enabled' };
    case 'disabled': {
      const cause = required(row.disabled_cause, 'cause of a disabled webhook');
      const disabledAt = Temporal.Instant.from(required(row.disabled_at, 'moment of a disabled webhook'));
      return { ...base, state: 'disabled', cause, disabledAt };
    }
    case 'deleted':
      return {
        ...base,
        state: 'deleted',
        deletedAt: Temporal.Instant.from(required(row.deleted_at, 'end of a webhook')),
      };
  }
}

/** It gets what has no place yet; what has one was before it. */
const ADD = `
  INSERT INTO webhook (tenant_id, id, state, url, filter, description, created_at, created_by, version,
    idempotency_key, fingerprint, fanned_out_to)
  VALUES ($1, $2, 'enabled', $3, $4, $5, $6, $7, $8, $9, $10,
    coalesce((SELECT last FROM event_counter WHERE tenant_id = $1), 0))
  ON CONFLICT (tenant_id, idempotency_key) DO NOTHING`;

const ADD_SECRET = 'INSERT INTO webhook_secret (tenant_id, id, webhook_id, sealed_secret) VALUES ($1, $2, $3, $4)';

const SAVE = `
  UPDATE webhook SET state = $4, filter = $5, description = $6, disabled_cause = $7, disabled_at = $8,
    version = version + 1,
    failures_in_a_row = CASE WHEN $4 = 'enabled' THEN 0 ELSE failures_in_a_row END,
    failing_since = CASE WHEN $4 = 'enabled' THEN NULL ELSE failing_since END,
    rests_until = CASE WHEN $4 = 'enabled' THEN NULL ELSE rests_until END
  WHERE tenant_id = $1 AND id = $2 AND version = $3`;

const REMOVE = `
  UPDATE webhook SET state = 'deleted', deleted_at = $4, version = version + 1, disabled_cause = NULL, disabled_at = NULL
  WHERE tenant_id = $1 AND id = $2 AND version = $3`;

/** Those that are over, and of the others all but the two newest: with the one that comes there are three. */
const END_OLD_SECRETS = `
  DELETE FROM webhook_secret
  WHERE tenant_id = $1 AND webhook_id = $2 AND id NOT IN (
    SELECT id FROM webhook_secret
    WHERE tenant_id = $1 AND webhook_id = $2 AND (signs_until IS NULL OR signs_until > app_now())
    ORDER BY created_at DESC, id DESC LIMIT 2)`;

const SECRETS = `
  SELECT id, sealed_secret AS box FROM webhook_secret
  WHERE tenant_id = $1 AND webhook_id = $2 AND (signs_until IS NULL OR signs_until > app_now())
  ORDER BY created_at DESC, id DESC LIMIT 3`;
