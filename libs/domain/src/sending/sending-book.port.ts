import type { BatchId, BatchState } from '../batch/batch.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { TenantId } from '../tenant/tenant.js';
import type { SendingRuleDecision } from './sending-rule.js';
import type { Waiting } from './sending-turn.js';

/** A context in which invoices wait that may go now. */
export interface WaitingContext extends Waiting {
  readonly context: ContextIdentifier;
  /** What was ordered is only what the law wants before this moment. */
  readonly orderedDueBefore?: Instant;
}

/** Invoices that wait and share a target, or have none. */
export interface BacklogLine {
  /** The earlier of target and statutory end. */
  readonly targetAt?: Instant;
  /** Statutory end. */
  readonly endsAt?: Instant;
  readonly invoices: number;
  readonly bytes: number;
}

/** Why invoices that wait do not go by themselves, and how many. */
export interface HeldInvoices {
  readonly reason: 'NOT_BEFORE' | 'ORIGINAL_WITHOUT_NUMBER' | 'ORIGINAL_HAS_NUMBER';
  readonly invoices: number;
}

/** A batch that has not ended. */
export interface LiveBatch {
  readonly id: BatchId;
  readonly context: ContextIdentifier;
  readonly state: BatchState;
  readonly invoices: number;
  readonly plannedAt: Instant;
  readonly openedAt?: Instant;
}

/** A delivery that came to its end. */
export interface PastDelivery {
  readonly invoices: number;
  readonly plannedAt: Instant;
  readonly openedAt: Instant;
  readonly finishedAt: Instant;
}

/** "Send now", as far as it was not fulfilled at once. What is left out does not limit it. */
export interface SendingOrder {
  readonly actor: string;
  readonly context?: ContextIdentifier;
  readonly dueBefore?: Instant;
  readonly orderedAt: Instant;
}

/** How one tenant sends: its rules and orders, what waits, and what is under way. */
export interface SendingBook {
  /** Newest first; the first one holds. */
  rules(): Promise<readonly SendingRuleDecision[]>;
  addRule(decision: SendingRuleDecision): Promise<void>;
  addOrder(order: SendingOrder): Promise<void>;
  /** Oldest first. */
  openOrders(): Promise<readonly SendingOrder[]>;
  /** Ends every order for which nothing that was issued before it still waits. */
  endFulfilledOrders(): Promise<void>;
  /** Contexts with invoices that may go by themselves, the earliest target first. */
  waiting(): Promise<readonly WaitingContext[]>;
  /**
   * What may go by itself, the earliest target first; the bytes of more than one batch are estimated.
   * @param most count only so many invoices: the first batch
   */
  backlog(context: ContextIdentifier, most?: number): Promise<readonly BacklogLine[]>;
  /** What waits and does not go by itself. */
  held(context: ContextIdentifier): Promise<readonly HeldInvoices[]>;
  live(): Promise<readonly LiveBatch[]>;
  /** The last deliveries of a context that ended with numbers, newest first. */
  past(context: ContextIdentifier, limit: number): Promise<readonly PastDelivery[]>;
  /** Moments since then at which sessions of the context were opened or tried, oldest first. */
  openings(context: ContextIdentifier, since: Instant): Promise<readonly Instant[]>;
  /** Whether a session of the context that was opened since then got as far as KSeF's processing. */
  hasDeliveredSince(context: ContextIdentifier, since: Instant): Promise<boolean>;
}

/** The same question over all tenants, for the sweeper. */
export type WaitingTenant = WaitingContext & { readonly tenant: TenantId };
