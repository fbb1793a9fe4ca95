import type { InvoiceNumber } from '../invoice/invoice-facts.js';
import type { InvoiceId, InvoiceState } from '../invoice/invoice.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { AlertStage } from './alert-stage.js';

/** A warning that was raised. A deadline that moved is another one, with warnings of its own. */
export interface Alert {
  readonly invoiceId: InvoiceId;
  readonly stage: string;
  /**
   * End of the statutory deadline that it warns of; the target's moment for `target-missed`; for `still-open` the moment
   * so many hours after issue.
   */
  readonly dueAt: Instant;
  readonly raisedAt: Instant;
}

export interface RaisedAlert extends Alert {
  readonly number: InvoiceNumber;
  readonly context: ContextIdentifier;
  readonly state: InvoiceState;
}

/** The warnings of one tenant, each raised once for an invoice, a stage and a deadline. */
export interface AlertLog {
  /**
   * Stores the warnings that are due at `now` and were not raised, for waiting invoices with a day or an open
   * deadline: also those whose moment passed while nobody looked.
   * @returns at most `limit` of them, those with the earliest `dueAt` first
   */
  raise(stage: AlertStage, now: Instant, limit: number): Promise<readonly RaisedAlert[]>;
  /** Newest first. */
  recent(limit: number): Promise<readonly RaisedAlert[]>;
  /** Oldest first. */
  of(id: InvoiceId): Promise<readonly Alert[]>;
}
