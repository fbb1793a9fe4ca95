import type { FormCode } from '../invoice/invoice-facts.js';
import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { Acceptance, InvoiceId, KsefRefusal } from '../invoice/invoice.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { InvoiceReference, SessionReference } from '../session/session-reference.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import type { FieldComparison } from './field-comparison.js';

/** A UUID of ours. */
export type TechnicalCorrectionId = Brand<string, 'TechnicalCorrectionId'>;

/** Who says something about a correction: a person, by name, and the credential they used. */
export interface CorrectionVoice {
  readonly person: string;
  /** `api-key:<id>`. */
  readonly actor: string;
  readonly at: Instant;
  /** Why, in the person's words. */
  readonly reason?: string;
}

/**
 * Persons that a technical correction needs. `two-persons`: who proposes it does not approve it (reliability S8);
 * `one-person` is for a business that has one, which then answers for both.
 */
export type CorrectionApprovalPolicy = 'two-persons' | 'one-person';

/** What never changes after the proposal. The bytes behind `hash` are stored beside it, once. */
interface Identity {
  readonly id: TechnicalCorrectionId;
  readonly invoiceId: InvoiceId;
  readonly context: ContextIdentifier;
  readonly formCode: FormCode;
  /** Its place in the lineage of files of this invoice: the one that was issued is 1, so a correction is 2 or more. */
  readonly ordinal: number;
  readonly hash: InvoiceHash;
  readonly sizeBytes: number;
  readonly policy: CorrectionApprovalPolicy;
  readonly proposed: CorrectionVoice;
  /** KSeF's code for the file before it, and what a person decided where that code alone does not allow a correction. */
  readonly ground: { readonly ksefStatus: number; readonly decision?: string };
  readonly comparison: FieldComparison;
  /** Times that KSeF finally refused the same bytes for a reason outside the file. */
  readonly attempts: number;
  /** Every session that its bytes were, or may have been, posted in; oldest first. */
  readonly sessions: readonly SessionReference[];
  /** Optimistic lock; the repository raises it. */
  readonly version: number;
}

interface Approved extends Identity {
  readonly approved: CorrectionVoice;
}

/** Stored with its bytes and the comparison; waits for a second person. Nothing has left the house. */
export type ProposedCorrection = Identity & { readonly state: 'proposed' };
/** A person said no, or took it back; perhaps after it was approved and got stuck. */
export type DeclinedCorrection = Identity & {
  readonly state: 'declined';
  readonly declined: CorrectionVoice;
  readonly approved?: CorrectionVoice;
};
/** Waits for an interactive session, after a failed attempt not before some moment. */
export type ApprovedCorrection = Approved & { readonly state: 'approved'; readonly notBefore?: Instant };
/** The intent to post it into this session is stored; without a reference nobody knows yet whether KSeF has it. */
export type SendingCorrection = Approved & {
  readonly state: 'sending';
  readonly session: SessionReference;
  readonly since: Instant;
  readonly reference?: InvoiceReference;
};
/** KSeF says that a file of this lineage is in already (21166, 21167): which one is being looked up. */
export type ResolvingCorrection = Approved & {
  readonly state: 'resolving';
  readonly refusal: KsefRefusal;
  readonly lookups: number;
};
/** KSeF holds a file of this lineage: this one, or (`acceptedOrdinal`) another that had been taken after all. */
export type AcceptedCorrection = Approved & {
  readonly state: 'accepted' | 'complete';
  readonly acceptance: Acceptance;
  readonly acceptedOrdinal: number;
};
/** `refused`: finally, for its file. `conflict`: KSeF holds another document under this number. */
export type RefusedCorrection = Approved & { readonly state: 'refused' | 'conflict'; readonly refusal: KsefRefusal };
/** `blocked`: a right is missing. `needs-review`: a person looks. The same bytes may go again, or be given up. */
export type StuckCorrection = Approved & { readonly state: 'blocked' | 'needs-review'; readonly refusal: KsefRefusal };

export type TechnicalCorrection =
  | ProposedCorrection
  | DeclinedCorrection
  | ApprovedCorrection
  | SendingCorrection
  | ResolvingCorrection
  | AcceptedCorrection
  | RefusedCorrection
  | StuckCorrection;
export type TechnicalCorrectionState = TechnicalCorrection['state'];

/** The whole lifecycle. A test holds the functions of technical-correction-transitions.ts, and the database, to this table. */
export const TECHNICAL_CORRECTION_TRANSITIONS = {
  proposed: ['declined', 'approved'],
  declined: [],
  approved: ['sending'],
  sending: ['sending', 'approved', 'resolving', 'accepted', 'refused', 'blocked', 'needs-review', 'conflict'],
  resolving: ['resolving', 'accepted', 'needs-review', 'conflict'],
  accepted: ['complete'],
  complete: [],
  refused: [],
  blocked: ['approved', 'declined'],
  'needs-review': ['approved', 'declined', 'resolving'],
  conflict: [],
} as const satisfies Record<TechnicalCorrectionState, readonly TechnicalCorrectionState[]>;

/** Of these an invoice has at most one (reliability D4): the database holds to it. */
export const LIVE_CORRECTION_STATES = [
  'proposed',
  'approved',
  'sending',
  'resolving',
  'accepted',
  'blocked',
  'needs-review',
] as const satisfies readonly TechnicalCorrectionState[];

export function isLiveCorrection({ state }: Pick<TechnicalCorrection, 'state'>): boolean {
  return LIVE_CORRECTION_STATES.some((live) => live === state);
}
