import type { Instant } from '../shared/instant.js';
import type { Result } from '../shared/result.js';

export type WebhookUrlRefusal =
  /** Not https, a user in it, a fragment, too long. */
  | { readonly code: 'WEBHOOK_URL_INVALID'; readonly reason: string }
  /** It leads, or may lead, to a network that is not the Internet. */
  | { readonly code: 'WEBHOOK_URL_PRIVATE' }
  | { readonly code: 'WEBHOOK_HOST_UNKNOWN' };

export interface WebhookMessage {
  readonly url: string;
  /** The same at every attempt. */
  readonly id: string;
  /** Of this attempt; signed with the body. */
  readonly at: Instant;
  readonly body: string;
  /** Each of them signs. */
  readonly secrets: readonly Uint8Array[];
}

/**
 * `taken`: 2xx. `refused`: any other answer. `not-sent`: no connection, or none that is allowed: it surely did not arrive.
 * `unknown`: it may have arrived, and no answer came.
 */
export type WebhookAnswer =
  | { readonly kind: 'taken'; readonly httpStatus: number }
  | { readonly kind: 'refused'; readonly httpStatus: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'not-sent' | 'unknown'; readonly cause: string };

/**
 * Posts events to receivers that somebody else named: such an address is never trusted (reliability S14).
 * Never throws for anything that a receiver, a name server or the network does.
 */
export interface WebhookSender {
  /** Whether events may be posted there as things are now; it is looked at again at every delivery. */
  examine(url: string): Promise<Result<void, WebhookUrlRefusal>>;
  send(message: WebhookMessage): Promise<WebhookAnswer>;
}

/** Makes signing secrets: 32 unpredictable bytes. */
export interface WebhookSecretSource {
  next(): Uint8Array;
}
