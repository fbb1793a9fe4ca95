import type { SecretBox } from '../certificate/secret-box.port.js';
import { isFilterEntry, MOST_FILTER_ENTRIES, type EventFilter } from '../event/event-types.js';
import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { webhookSecretLabel, type SealedWebhookSecret } from './webhook-repository.port.js';
import type { WebhookSecretSource, WebhookSender, WebhookUrlRefusal } from './webhook-sender.port.js';
import { MOST_WEBHOOKS, type EnabledWebhook, type Webhook, type WebhookId } from './webhook.js';

export interface WebhookRegistration {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly claim: IdempotencyClaim;
  readonly url: string;
  readonly filter: EventFilter;
  readonly description: string;
}

export type RegisterWebhookRefusal =
  | WebhookUrlRefusal
  | { readonly code: 'UNKNOWN_EVENT_TYPES'; readonly types: readonly string[] }
  | { readonly code: 'TOO_MANY_WEBHOOKS'; readonly most: number }
  /** The same key with another request. */
  | { readonly code: 'WEBHOOK_KEY_REUSED'; readonly webhookId: WebhookId };

export interface RegisteredWebhook {
  readonly webhook: Webhook;
  /** Shown this once. Absent for a repeated request: who lost it takes a new one. */
  readonly secret?: Uint8Array;
}

/**
 * Takes a receiver of events. Its secret is made here, told once, and rests sealed. It gets what happens from now on; what
 * was before comes with a replay.
 */
export class RegisterWebhook {
  constructor(
    private readonly ports: {
      readonly unitOfWork: UnitOfWork;
      readonly sender: Pick<WebhookSender, 'examine'>;
      readonly secretSource: WebhookSecretSource;
      readonly secretBox: SecretBox;
      readonly clock: Clock;
      readonly ids: IdSource;
    },
  ) {}

  /** @throws SecretBoxError without the key-encryption key: nothing was registered */
  async execute(request: WebhookRegistration): Promise<Result<RegisteredWebhook, RegisterWebhookRefusal>> {
    const { unitOfWork, sender, secretSource, secretBox, ids } = this.ports;
    const { tenant, url, claim } = request;
    const before = await unitOfWork.inTenant(tenant, (stores) => replayed(stores, claim));
    if (before !== undefined) return before;
    const unknown = unknownTypes(request.filter);
    if (unknown.length > 0) return err({ code: 'UNKNOWN_EVENT_TYPES', types: unknown });
    const examined = await sender.examine(url);
    if (!examined.ok) return examined;
    const secret = secretSource.next();
    const secretId = ids.next();
    const sealed = { id: secretId, box: await secretBox.seal(secret, webhookSecretLabel(tenant, secretId)) };
    const stored = await unitOfWork.inTenant(tenant, (stores) => this.store(stores, request, sealed));
    return stored.ok && stored.value === 'raced'
      ? ((await unitOfWork.inTenant(tenant, (stores) => replayed(stores, claim))) ?? lostRace(claim))
      : withSecret(stored, secret);
  }

  private async store(
    { webhooks, audit }: TenantStores,
    { url, filter, description, actor, claim }: WebhookRegistration,
    secret: SealedWebhookSecret,
  ): Promise<Result<EnabledWebhook | 'raced', RegisterWebhookRefusal>> {
    if ((await webhooks.all()).length >= MOST_WEBHOOKS) return err({ code: 'TOO_MANY_WEBHOOKS', most: MOST_WEBHOOKS });
    const at = this.ports.clock.now();
    const id = this.ports.ids.next() as WebhookId;
    const webhook: EnabledWebhook = {
      ...{ state: 'enabled', id, url, filter: [...new Set(filter)], description },
      ...{ createdAt: at, createdBy: actor, version: 0 },
    };
    if (!(await webhooks.add(webhook, secret, claim))) return ok('raced');
    const facts = { host: hostOf(url), filter: filter.join(' ') };
    await audit.append([{ at, actor, action: 'webhook.registered', subject: { kind: 'webhook', id }, facts }]);
    return ok(webhook);
  }
}

export const unknownTypes = (filter: EventFilter): readonly string[] =>
  filter.length > MOST_FILTER_ENTRIES
    ? filter.slice(MOST_FILTER_ENTRIES)
    : filter.filter((each) => !isFilterEntry(each));

function withSecret(
  stored: Result<EnabledWebhook | 'raced', RegisterWebhookRefusal>,
  secret: Uint8Array,
): Result<RegisteredWebhook, RegisterWebhookRefusal> {
  if (!stored.ok) return stored;
  if (stored.value === 'raced') throw new Error('a lost race has no secret to show');
  return ok({ webhook: stored.value, secret });
}

async function replayed(
  { webhooks }: TenantStores,
  { key, fingerprint }: IdempotencyClaim,
): Promise<Result<RegisteredWebhook, RegisterWebhookRefusal> | undefined> {
  const known = await webhooks.findByKey(key);
  if (known === undefined) return undefined;
  return known.fingerprint === fingerprint
    ? ok({ webhook: known.webhook })
    : err({ code: 'WEBHOOK_KEY_REUSED', webhookId: known.webhook.id });
}

function lostRace({ key }: IdempotencyClaim): never {
  throw new Error(`the webhook of key ${key} was taken by nobody`);
}

/** A path may hold a token of the receiver: it stays out of the audit trail. */
function hostOf(url: string): string {
  return /^https?:\/\/([^/?#]+)/.exec(url)?.[1] ?? '';
}
