import type { Instant } from '../shared/instant.js';

/** Who did what to what, with what result; written in the transaction of the change itself (invariant I9). */
export interface AuditEntry {
  readonly at: Instant;
  /** `api-key:<id>`, `worker`. */
  readonly actor: string;
  /** Past tense, such as `invoice.issued`. */
  readonly action: string;
  readonly subject: { readonly kind: 'invoice' | 'batch' | 'certificate' | 'outage'; readonly id: string };
  /** Facts for a reader; never a secret, never a document. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/** The audit entries of one tenant; append-only. */
export interface AuditTrail {
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Oldest first. */
  of(kind: AuditEntry['subject']['kind'], id: string): Promise<readonly AuditEntry[]>;
}
