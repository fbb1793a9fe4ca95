import type { EventFilter } from '../event/event-types.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';

/** A UUID. */
export type WebhookId = Brand<string, 'WebhookId'>;

interface AnyWebhook {
  readonly id: WebhookId;
  /** Where events are posted to; as it was registered, and never another. */
  readonly url: string;
  readonly filter: EventFilter;
  /** For people. */
  readonly description: string;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly version: number;
}

/** Gets every event that its filter lets through. */
export interface EnabledWebhook extends AnyWebhook {
  readonly state: 'enabled';
}

/** `person`: somebody decided so; `gone`: the receiver said 410; `failing`: it took nothing for days. */
export type DisablingCause = 'person' | 'gone' | 'failing';

/** Gets nothing; its events wait until it is enabled or deleted. */
export interface DisabledWebhook extends AnyWebhook {
  readonly state: 'disabled';
  readonly cause: DisablingCause;
  readonly disabledAt: Instant;
}

/** Stays for the audit trail, without its secrets and deliveries. */
export interface DeletedWebhook extends AnyWebhook {
  readonly state: 'deleted';
  readonly deletedAt: Instant;
}

export type Webhook = EnabledWebhook | DisabledWebhook | DeletedWebhook;
export type LiveWebhook = EnabledWebhook | DisabledWebhook;

/** The whole lifecycle; the trigger `webhook_guard` holds every row to it. */
export const WEBHOOK_TRANSITIONS = {
  enabled: ['disabled', 'deleted'],
  disabled: ['enabled', 'deleted'],
  deleted: [],
} as const satisfies Record<Webhook['state'], readonly Webhook['state'][]>;

export function disable(webhook: EnabledWebhook, cause: DisablingCause, disabledAt: Instant): DisabledWebhook {
  return { ...webhook, state: 'disabled', cause, disabledAt };
}

export function enable({ cause: _cause, disabledAt: _at, ...webhook }: DisabledWebhook): EnabledWebhook {
  return { ...webhook, state: 'enabled' };
}

export function remove(webhook: LiveWebhook, deletedAt: Instant): DeletedWebhook {
  const { id, url, filter, description, createdAt, createdBy, version } = webhook;
  return { state: 'deleted', id, url, filter, description, createdAt, createdBy, version, deletedAt };
}

/** Of one tenant. */
export const MOST_WEBHOOKS = 20;

/**
 * How a delivery stands; the trigger `webhook_delivery_guard` holds every row to it. `sending` is stored before the call, and
 * means that the receiver may have the event. A person's replay takes one that was delivered back to `pending`.
 */
export const DELIVERY_TRANSITIONS = {
  pending: ['sending'],
  sending: ['sending', 'pending', 'delivered'],
  delivered: ['pending'],
} as const;

export type DeliveryState = keyof typeof DELIVERY_TRANSITIONS;
