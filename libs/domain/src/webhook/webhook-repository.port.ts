import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { DeletedWebhook, EnabledWebhook, LiveWebhook, Webhook, WebhookId } from './webhook.js';

/** A signing secret at rest. */
export interface SealedWebhookSecret {
  /** A UUID; part of the label that the box is sealed under. */
  readonly id: string;
  readonly box: Uint8Array;
}

/** The webhooks of one tenant. */
export interface WebhookRepository {
  /** With its first secret; it gets events that have no place yet. @returns false when the key was used before */
  add(webhook: EnabledWebhook, secret: SealedWebhookSecret, claim: IdempotencyClaim): Promise<boolean>;
  /** The webhook, deleted or not, that was made by a request with this key. */
  findByKey(key: string): Promise<{ readonly webhook: Webhook; readonly fingerprint: string } | undefined>;
  find(id: WebhookId): Promise<LiveWebhook | undefined>;
  /** Oldest first; without the deleted ones. */
  all(): Promise<readonly LiveWebhook[]>;
  /** An enabled one begins anew: failures before that count no more. @throws ConcurrentUpdateError */
  save(webhook: LiveWebhook): Promise<void>;
  /** With its secrets and what waits for it. @throws ConcurrentUpdateError */
  remove(webhook: DeletedWebhook): Promise<void>;
  /** Those that sign at this moment, the newest first: two while one takes over from another, three when that is done again meanwhile. */
  secrets(id: WebhookId): Promise<readonly SealedWebhookSecret[]>;
  /** The newest until now signs for so long beside it; one that signs beside that already, until its own end. */
  addSecret(id: WebhookId, secret: SealedWebhookSecret, overlapSeconds: number): Promise<void>;
}

/** Bound into the box: a secret of one tenant, purpose and row does not open as another (reliability S19, S21). */
export const webhookSecretLabel = (tenant: string, secretId: string): string => `webhook/${tenant}/${secretId}`;
