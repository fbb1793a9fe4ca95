import type { Instant } from '../shared/instant.js';

/** Something that others may want to hear of; stored in the transaction of the change itself. */
export interface OutboxEvent {
  readonly at: Instant;
  /** Stable, such as `deadline.alert`. */
  readonly type: string;
  /** What it is about: an invoice id, a context. */
  readonly subject: string;
  /** Never a secret, never a document. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/** The events of one tenant, in the order of their writing; delivered at least once. */
export interface Outbox {
  append(events: readonly OutboxEvent[]): Promise<void>;
}
