import { PORTS, type WebhookSecretSource, type WebhookSender } from '@latarnik/domain';
import { ContainerModule } from 'inversify';
import { HttpWebhookSender } from './http-webhook-sender.js';
import { dnsResolution } from './name-resolution.js';
import { RandomWebhookSecrets } from './random-webhook-secrets.js';

export interface WebhooksOptions {
  /** For one delivery, with name and connection. */
  readonly timeoutMs: number;
  /** This machine too, and by http: for tests and demonstrations. */
  readonly allowLoopback: boolean;
}

const LONGEST_NAME_QUERY_MS = 3000;

/** Binds WebhookSender and WebhookSecretSource under their PORTS. Requires nothing. */
export function webhooksModule({ timeoutMs, allowLoopback }: WebhooksOptions): ContainerModule {
  const resolve = dnsResolution(Math.min(timeoutMs, LONGEST_NAME_QUERY_MS));
  return new ContainerModule(({ bind }) => {
    bind<WebhookSender>(PORTS.webhookSender).toConstantValue(
      new HttpWebhookSender({ timeoutMs, allowLoopback, resolve }),
    );
    bind<WebhookSecretSource>(PORTS.webhookSecretSource).toConstantValue(new RandomWebhookSecrets());
  });
}
