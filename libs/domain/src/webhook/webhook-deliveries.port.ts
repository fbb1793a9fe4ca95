import type { EventSequence, SequencedEvent } from '../event/public-event.js';
import type { Instant } from '../shared/instant.js';
import type { DeliveryState, WebhookId } from './webhook.js';

/** A delivery that this worker may try until its lease ends. */
export interface ClaimedDelivery {
  readonly webhookId: WebhookId;
  readonly event: SequencedEvent;
  /** From 1; this one counts. */
  readonly attempt: number;
  /** What is written under an older one is refused. */
  readonly fence: bigint;
}

/** How the receiver stands after a failure. */
export interface FailureStanding {
  /** Of this webhook in a row, whatever the event. */
  readonly failuresInARow: number;
  /** Since when nothing was taken; by the database's clock. */
  readonly failingSeconds: number;
}

/** What went wrong, in words that give away nothing of the answer. */
export interface DeliveryFailure {
  /** `unknown`: the receiver may have it; the next attempt has the same id (docs/adr/0031). */
  readonly outcome: 'failed' | 'unknown';
  readonly cause: string;
  readonly httpStatus?: number;
}

/** One delivery as people see it. */
export interface DeliveryView {
  readonly event: SequencedEvent;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAttemptAt: Instant | undefined;
  readonly deliveredAt: Instant | undefined;
  readonly lastFailure: DeliveryFailure | undefined;
}

export interface DeliveryCounts {
  readonly pending: number;
  readonly oldestPendingAt: Instant | undefined;
}

/** Events on their way to the webhooks of one tenant. */
export interface WebhookDeliveries {
  /**
   * Makes deliveries of events that have a place, for every enabled webhook in their order; looks at so many events for each.
   * @returns whether all were looked at
   */
  fanOut(limit: number): Promise<boolean>;
  /**
   * Takes what is due, the oldest first: of one subject only the first that is not delivered, and while the receiver
   * rests, nothing. An attempt that no worker ended is taken up again when its lease has run out.
   */
  claim(
    id: WebhookId,
    by: { readonly owner: string; readonly leaseSeconds: number },
    limit: number,
  ): Promise<readonly ClaimedDelivery[]>;
  /** @returns false when the lease was lost: somebody else tells how it ends */
  delivered(claimed: ClaimedDelivery): Promise<boolean>;
  /** Due again after so many seconds. @returns `undefined` when the lease was lost */
  failed(
    claimed: ClaimedDelivery,
    failure: DeliveryFailure,
    retrySeconds: number,
  ): Promise<FailureStanding | undefined>;
  /** Nothing goes to this receiver for so long. */
  rest(id: WebhookId, seconds: number): Promise<void>;
  /** Newest first, before a place. */
  list(
    id: WebhookId,
    page: { readonly before?: EventSequence; readonly state?: DeliveryState; readonly limit: number },
  ): Promise<readonly DeliveryView[]>;
  counts(): Promise<ReadonlyMap<WebhookId, DeliveryCounts>>;
  /**
   * What came after this place goes out again, as the filter now is; what waits is due at once.
   * @returns how many deliveries are due
   */
  replay(id: WebhookId, after: EventSequence): Promise<number>;
}
