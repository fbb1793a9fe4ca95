import type { Instant } from '../shared/instant.js';

/** `access`: a refusal, by route. */
export type AuditSubjectKind =
  | 'invoice'
  | 'batch'
  | 'certificate'
  | 'outage'
  | 'policy'
  | 'access'
  | 'api-key'
  | 'approval'
  | 'context'
  | 'tenant'
  | 'webhook';

/** Who did what to what, with what result; written in the transaction of the change itself (invariant I9). */
export interface AuditEntry {
  readonly at: Instant;
  /** `api-key:<client>/<id>`, `person:<subject>`, `worker`. */
  readonly actor: string;
  /** Past tense, such as `invoice.issued`. */
  readonly action: string;
  readonly subject: { readonly kind: AuditSubjectKind; readonly id: string };
  /** Facts for a reader; never a secret, never a document. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/** One change to many things at once. */
export interface AuditEntryForMany extends Omit<AuditEntry, 'subject'> {
  readonly kind: AuditSubjectKind;
}

/** The audit entries of one tenant; append-only. */
export interface AuditTrail {
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** The same entry for each of many subjects, in one statement. */
  appendForEach(ids: readonly string[], entry: AuditEntryForMany): Promise<void>;
  /** Oldest first. */
  of(kind: AuditSubjectKind, id: string): Promise<readonly AuditEntry[]>;
}
