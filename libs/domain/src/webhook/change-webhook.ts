import type { SecretBox } from '../certificate/secret-box.port.js';
import { eventId, parseEventId, BEFORE_ALL_EVENTS, type EventSequence } from '../event/public-event.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { disableWebhook } from './disable-webhook.js';
import { webhookSecretLabel } from './webhook-repository.port.js';
import type { WebhookSecretSource, WebhookSender, WebhookUrlRefusal } from './webhook-sender.port.js';
import { enable, remove, type LiveWebhook, type WebhookId } from './webhook.js';

export interface WebhookOrder {
  readonly tenant: TenantId;
  readonly actor: string;
  readonly id: WebhookId;
}

export interface WebhookNotFound {
  readonly code: 'WEBHOOK_NOT_FOUND';
}

/** Longest time that an old secret goes on signing beside the new one. */
export const LONGEST_OVERLAP_SECONDS = 7 * 86_400;

export type ReplayRefusal =
  | WebhookNotFound
  | { readonly code: 'WEBHOOK_NOT_ENABLED' }
  | { readonly code: 'EVENT_ID_UNKNOWN' }
  | { readonly code: 'EVENTS_GONE'; readonly oldestKept: string };

interface Ports {
  readonly unitOfWork: UnitOfWork;
  readonly sender: Pick<WebhookSender, 'examine'>;
  readonly secretSource: WebhookSecretSource;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** What people do with a webhook that there is; each change with its audit row. */
export class ChangeWebhook {
  constructor(private readonly ports: Ports) {}

  /** Safe to repeat. What waited goes out at once; the address is looked at again. */
  async enable(order: WebhookOrder): Promise<Result<LiveWebhook, WebhookNotFound | WebhookUrlRefusal>> {
    const found = await this.ports.unitOfWork.inTenant(order.tenant, ({ webhooks }) => webhooks.find(order.id));
    if (found === undefined) return err(NOT_FOUND);
    const examined = await this.ports.sender.examine(found.url);
    if (!examined.ok) return examined;
    return this.change(order, async (stores, webhook) => {
      if (webhook.state === 'enabled') return webhook;
      const enabled = enable(webhook);
      await stores.webhooks.save(enabled);
      await this.note(stores, order, 'webhook.enabled');
      return { ...enabled, version: enabled.version + 1 };
    });
  }

  /** Safe to repeat. Its events wait. */
  disable(order: WebhookOrder): Promise<Result<LiveWebhook, WebhookNotFound>> {
    return this.change(order, async (stores, webhook) => {
      if (webhook.state === 'disabled') return webhook;
      const { actor } = order;
      return disableWebhook(stores, webhook, { cause: 'person', actor, at: this.ports.clock.now() });
    });
  }

  /** With its secrets and everything that waits for it. */
  remove(order: WebhookOrder): Promise<Result<LiveWebhook, WebhookNotFound>> {
    return this.change(order, async (stores, webhook) => {
      await stores.webhooks.remove(remove(webhook, this.ports.clock.now()));
      await this.note(stores, order, 'webhook.deleted');
      return webhook;
    });
  }

  /**
   * A new secret; the one before signs beside it for a while, so that a receiver changes over without losing anything.
   * @returns the secret: it is shown this once
   * @throws SecretBoxError without the key-encryption key: nothing changed
   */
  async rotateSecret(
    order: WebhookOrder,
    overlapSeconds: number,
  ): Promise<Result<{ readonly webhook: LiveWebhook; readonly secret: Uint8Array }, WebhookNotFound>> {
    const { secretSource, secretBox, ids } = this.ports;
    const secret = secretSource.next();
    const id = ids.next();
    const box = await secretBox.seal(secret, webhookSecretLabel(order.tenant, id));
    const changed = await this.change(order, async (stores, webhook) => {
      await stores.webhooks.addSecret(order.id, { id, box }, overlapSeconds);
      await this.note(stores, order, 'webhook.secret-rotated', { overlapSeconds });
      return webhook;
    });
    return changed.ok ? ok({ webhook: changed.value, secret }) : changed;
  }

  /**
   * Delivers again what came after an event, or all there is.
   * @param afterEventId the last one that the receiver surely has; `undefined`: from the oldest that is kept
   * @returns how many deliveries are due
   */
  async replay(order: WebhookOrder, afterEventId: string | undefined): Promise<Result<number, ReplayRefusal>> {
    const { tenant, id } = order;
    const given = afterEventId === undefined ? BEFORE_ALL_EVENTS : parseEventId(tenant, afterEventId);
    if (given === undefined) return err({ code: 'EVENT_ID_UNKNOWN' });
    return this.ports.unitOfWork.inTenant(tenant, async (stores) => {
      const webhook = await stores.webhooks.find(id);
      if (webhook === undefined) return err(NOT_FOUND);
      if (webhook.state !== 'enabled') return err({ code: 'WEBHOOK_NOT_ENABLED' });
      const { prunedUpTo, last } = await stores.eventFeed.bounds();
      if (given > last) return err({ code: 'EVENT_ID_UNKNOWN' });
      if (afterEventId !== undefined && given < prunedUpTo) {
        return err({ code: 'EVENTS_GONE', oldestKept: eventId(tenant, (prunedUpTo + 1n) as EventSequence) });
      }
      const due = await stores.webhookDeliveries.replay(id, given);
      await this.note(stores, order, 'webhook.replayed', { after: afterEventId ?? null, deliveries: due });
      return ok(due);
    });
  }

  private change(
    { tenant, id }: WebhookOrder,
    work: (stores: TenantStores, webhook: LiveWebhook) => Promise<LiveWebhook>,
  ): Promise<Result<LiveWebhook, WebhookNotFound>> {
    return this.ports.unitOfWork.inTenant(tenant, async (stores) => {
      const webhook = await stores.webhooks.find(id);
      return webhook === undefined ? err(NOT_FOUND) : ok(await work(stores, webhook));
    });
  }

  private note(
    { audit }: TenantStores,
    { actor, id }: WebhookOrder,
    action: string,
    facts: Readonly<Record<string, string | number | null>> = {},
  ): Promise<void> {
    return audit.append([{ at: this.ports.clock.now(), actor, action, subject: { kind: 'webhook', id }, facts }]);
  }
}

const NOT_FOUND: WebhookNotFound = { code: 'WEBHOOK_NOT_FOUND' };
