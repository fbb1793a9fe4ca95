import type { BatchId } from '../batch/batch.js';
import type { SessionReference } from '../session/session-reference.js';
import type { Instant } from '../shared/instant.js';

/** Who asks or approves: a credential and the person behind it. */
export interface Approver {
  /** `api-key:<id>` */
  readonly actor: string;
  readonly person: string;
}

interface Asked {
  /** The batch whose session says nothing final. */
  readonly batchId: BatchId;
  readonly session: SessionReference;
  readonly askedBy: Approver;
  readonly askedAt: Instant;
  readonly reason: string;
}

export type ProposedSecondDelivery = Asked & { readonly state: 'proposed' };
export type ApprovedSecondDelivery = Asked & {
  readonly state: 'approved';
  readonly approvedBy: Approver;
  readonly approvedAt: Instant;
  /** Carries the same bytes. */
  readonly secondBatchId: BatchId;
  readonly invoices: number;
};
/** The session ended, or a person took the question back, before anybody approved. */
export type WithdrawnSecondDelivery = Asked & {
  readonly state: 'withdrawn';
  readonly withdrawnAt: Instant;
  readonly why: string;
};

/** Two persons' leave to offer the same bytes once more while a session is open (reliability C40, S8). */
export type SecondDelivery = ProposedSecondDelivery | ApprovedSecondDelivery | WithdrawnSecondDelivery;
export type SecondDeliveryState = SecondDelivery['state'];

/**
 * The whole lifecycle. `approved` goes back to `proposed` only when the second delivery ended without effect, which reading
 * has shown; the audit trail keeps the one before. A test holds the functions below, and the database, to this table.
 */
export const SECOND_DELIVERY_TRANSITIONS = {
  proposed: ['approved', 'withdrawn'],
  approved: ['proposed'],
  withdrawn: ['proposed'],
} as const satisfies Record<SecondDeliveryState, readonly SecondDeliveryState[]>;

export function proposeSecondDelivery(asked: Asked): ProposedSecondDelivery {
  const { batchId, session, askedBy, askedAt, reason } = asked;
  return { batchId, session, askedBy, askedAt, reason, state: 'proposed' };
}

export function approveSecondDelivery(
  { state: _state, ...asked }: ProposedSecondDelivery,
  approval: Pick<ApprovedSecondDelivery, 'approvedBy' | 'approvedAt' | 'secondBatchId' | 'invoices'>,
): ApprovedSecondDelivery {
  return { ...asked, ...approval, state: 'approved' };
}

export function withdrawSecondDelivery(
  { state: _state, ...asked }: ProposedSecondDelivery,
  why: string,
  withdrawnAt: Instant,
): WithdrawnSecondDelivery {
  return { ...asked, state: 'withdrawn', why, withdrawnAt };
}

/** At most one for a batch. */
export interface SecondDeliveries {
  find(batchId: BatchId): Promise<SecondDelivery | undefined>;
  /** Adds or moves it. @throws when the move is not in the table */
  save(delivery: SecondDelivery): Promise<void>;
}
