import type { FormCode } from '../invoice/invoice-facts.js';
import type { Instant } from '../shared/instant.js';

/** KSeF refused very many files of one schema within a short time: the generator or the schema is wrong, not the files. */
export interface MassRejection {
  readonly formCode: FormCode;
  /** Refused for their file. */
  readonly invoices: number;
  readonly since: Instant;
  readonly raisedAt: Instant;
}

/** A person looked at it, and lets invoices of the schema be issued again. */
export interface LiftedStop {
  readonly formCode: FormCode;
  readonly liftedAt: Instant;
  /** A credential and the person behind it. */
  readonly actor: string;
  readonly person: string;
  readonly reason: string;
}

/** The warnings of one tenant, and what people said to them; append-only. */
export interface MassRejections {
  /** Invoices that are refused for their file now, and were not before that moment, by schema. */
  rejectedSince(since: Instant): Promise<readonly Pick<MassRejection, 'formCode' | 'invoices'>[]>;
  /** @returns false when one was raised for this schema after `since`, also a moment ago by another worker */
  raise(warning: MassRejection): Promise<boolean>;
  /** The newest warning for this schema that was raised after that moment, unless somebody lifted it since. */
  standing(formCode: FormCode, since: Instant): Promise<MassRejection | undefined>;
  lift(stop: LiftedStop): Promise<void>;
  /** Newest first. */
  recent(limit: number): Promise<readonly MassRejection[]>;
}
