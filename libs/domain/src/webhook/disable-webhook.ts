import type { Instant } from '../shared/instant.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import { disable, type DisabledWebhook, type DisablingCause, type EnabledWebhook } from './webhook.js';

/**
 * Disables it, with audit row and event, in the transaction of the caller. Other webhooks and the stream hear of it; it
 * gets the event itself when it is enabled again.
 */
export async function disableWebhook(
  { webhooks, audit, outbox }: Pick<TenantStores, 'webhooks' | 'audit' | 'outbox'>,
  webhook: EnabledWebhook,
  { cause, actor, at }: { readonly cause: DisablingCause; readonly actor: string; readonly at: Instant },
): Promise<DisabledWebhook> {
  const disabled = disable(webhook, cause, at);
  await webhooks.save(disabled);
  const { id } = webhook;
  const facts = { cause };
  await audit.append([{ at, actor, action: 'webhook.disabled', subject: { kind: 'webhook', id }, facts }]);
  await outbox.append([{ at, type: 'webhook.disabled', subject: id, facts }]);
  return { ...disabled, version: disabled.version + 1 };
}
