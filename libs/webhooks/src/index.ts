// Posting events to receivers that a tenant named. Start at http-webhook-sender.ts.
export { HttpWebhookSender } from './http-webhook-sender.js';
export type { WebhookSenderOptions } from './http-webhook-sender.js';
export { RandomWebhookSecrets } from './random-webhook-secrets.js';
export { verifyWebhook } from './signature.js';
export type { WebhookVerdict } from './signature.js';
export { webhooksModule } from './webhooks.module.js';
export type { WebhooksOptions } from './webhooks.module.js';
