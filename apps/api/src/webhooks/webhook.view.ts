import {
  eventId,
  publicEvent,
  type DeliveryCounts,
  type DeliveryView,
  type LiveWebhook,
  type TenantId,
  type Webhook,
} from '@latarnik/domain';
import { z } from 'zod';
import { shortText } from '../http/fields.js';

export const WebhookBody = z.strictObject({
  url: shortText(2000).describe('https, on the Internet; redirects are not followed'),
  types: z
    .array(shortText(64))
    .max(50)
    .default([])
    .describe('types of GET /v1/events/types, or groups such as `invoice.*`; all when empty'),
  description: shortText(200).default('').describe('for people'),
});

export const WebhookChange = z.strictObject({
  enabled: z.boolean().describe('false: nothing is sent, and its events wait'),
});

export const SecretBody = z.strictObject({
  overlapHours: z
    .number()
    .int()
    .min(0)
    .max(168)
    .default(24)
    .describe('how long the secret before it goes on signing beside the new one'),
});

export const ReplayBody = z.strictObject({
  after: shortText(100)
    .nullable()
    .describe('id of the last event that the receiver surely has; null: from the oldest that is kept'),
});

export const WebhookView = z.object({
  id: z.string(),
  url: z.string(),
  types: z.array(z.string()),
  description: z.string(),
  state: z.enum(['enabled', 'disabled', 'deleted']),
  disabled: z
    .object({ cause: z.enum(['person', 'gone', 'failing']), at: z.iso.datetime() })
    .nullable()
    .describe('`gone`: it answered 410; `failing`: it took nothing for days'),
  pending: z.number().int().describe('events that it does not have yet'),
  oldestPendingAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
});
export const WebhookList = z.object({ items: z.array(WebhookView) });
export const WebhookWithSecret = WebhookView.extend({
  secret: z
    .string()
    .nullable()
    .describe('`whsec_…`, shown this once; null in the answer to a repeated request, which made nothing'),
});

export const Delivery = z.object({
  event: z.object({ id: z.string(), type: z.string(), at: z.iso.datetime(), subject: z.string() }),
  state: z.enum(['pending', 'sending', 'delivered']),
  attempts: z.number().int(),
  nextAttemptAt: z.iso.datetime().nullable(),
  deliveredAt: z.iso.datetime().nullable(),
  lastFailure: z
    .object({
      outcome: z.enum(['failed', 'unknown']).describe('`unknown`: it may have arrived'),
      cause: z.string(),
      httpStatus: z.number().int().nullable(),
    })
    .nullable(),
});
export const DeliveryList = z.object({ items: z.array(Delivery), next: z.string().nullable() });
export const Replayed = z.object({ pending: z.number().int().describe('events after that one that are on their way') });

export function webhookView(webhook: Webhook, counts?: DeliveryCounts): z.infer<typeof WebhookView> {
  const { id, url, filter, description, state, createdAt, createdBy } = webhook;
  return {
    ...{ id, url, types: [...filter], description, state },
    disabled: state === 'disabled' ? { cause: webhook.cause, at: webhook.disabledAt.toString() } : null,
    pending: counts?.pending ?? 0,
    oldestPendingAt: counts?.oldestPendingAt?.toString() ?? null,
    ...{ createdAt: createdAt.toString(), createdBy },
  };
}

export const listOf = (
  webhooks: readonly LiveWebhook[],
  counts: ReadonlyMap<LiveWebhook['id'], DeliveryCounts>,
): z.infer<typeof WebhookList> => ({ items: webhooks.map((each) => webhookView(each, counts.get(each.id))) });

export function deliveryPage(
  tenant: TenantId,
  deliveries: readonly DeliveryView[],
  limit: number,
): z.infer<typeof DeliveryList> {
  const last = deliveries.length === limit ? deliveries.at(-1) : undefined;
  const next = last === undefined ? null : eventId(tenant, last.event.sequence);
  return { items: deliveries.map((each) => deliveryView(tenant, each)), next };
}

function deliveryView(tenant: TenantId, delivery: DeliveryView): z.infer<typeof Delivery> {
  const { id, type, at, subject } = publicEvent(tenant, delivery.event);
  const { state, attempts, nextAttemptAt, deliveredAt, lastFailure } = delivery;
  return {
    ...{ event: { id, type, at, subject }, state, attempts },
    nextAttemptAt: nextAttemptAt?.toString() ?? null,
    deliveredAt: deliveredAt?.toString() ?? null,
    lastFailure: lastFailure === undefined ? null : { ...lastFailure, httpStatus: lastFailure.httpStatus ?? null },
  };
}
