import type { TenantId } from '../tenant/tenant.js';
import type { WebhookId } from './webhook.js';

/** A webhook with a delivery whose time has come. */
export interface DueWebhook {
  readonly tenant: TenantId;
  readonly webhookId: WebhookId;
}
