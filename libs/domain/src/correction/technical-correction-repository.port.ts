import type { InvoiceId } from '../invoice/invoice.js';
import type {
  AcceptedCorrection,
  ApprovedCorrection,
  ProposedCorrection,
  ResolvingCorrection,
  SendingCorrection,
  TechnicalCorrection,
  TechnicalCorrectionId,
  TechnicalCorrectionState,
} from './technical-correction.js';

/** A claim on a correction: writes with an outdated fence change nothing and throw (invariant I6). */
export interface CorrectionLease {
  readonly correctionId: TechnicalCorrectionId;
  readonly fence: bigint;
}

export interface HeldCorrection<C extends TechnicalCorrection = TechnicalCorrection> {
  readonly correction: C;
  readonly lease: CorrectionLease;
}

/** The lineage has a live correction already, or one with these very bytes. */
export interface CorrectionUnderWay {
  readonly code: 'CORRECTION_UNDER_WAY';
  readonly correctionId: TechnicalCorrectionId;
}

/** What KSeF is being asked about. */
export type OpenCorrection = SendingCorrection | ResolvingCorrection | AcceptedCorrection;

/**
 * The technical corrections of one tenant. Bytes are written once, with the proposal, and never changed. An invoice has
 * at most one live correction (LIVE_CORRECTION_STATES).
 */
export interface TechnicalCorrectionRepository {
  /**
   * Stores the proposal with its bytes, at the version it carries. The database checks their SHA-256.
   * @param claimKey the caller's Idempotency-Key
   * @returns false when the invoice has a live correction, also one that was stored a moment ago
   */
  add(correction: ProposedCorrection, bytes: Uint8Array, claimKey: string): Promise<boolean>;
  find(id: TechnicalCorrectionId): Promise<TechnicalCorrection | undefined>;
  findByKey(claimKey: string): Promise<TechnicalCorrection | undefined>;
  /** By ordinal. */
  of(invoiceId: InvoiceId): Promise<readonly TechnicalCorrection[]>;
  /** Newest first. @param after id of the last one of the page before */
  list(
    states: readonly TechnicalCorrectionState[],
    limit: number,
    after?: TechnicalCorrectionId,
  ): Promise<readonly TechnicalCorrection[]>;
  bytes(id: TechnicalCorrectionId): Promise<Uint8Array | undefined>;
  /**
   * Stores version + 1 for a person, of a correction that no worker works on.
   * @throws ConcurrentUpdateError when the version moved on; the database refuses moves outside the table
   */
  save(correction: TechnicalCorrection): Promise<void>;

  /**
   * Takes approved corrections whose time has come, earliest deadline of the invoice first, for one worker; not those
   * whose duty to be sent a total failure lifted. The database's clock decides.
   */
  claimApproved(limit: number, leaseSeconds: number): Promise<readonly HeldCorrection<ApprovedCorrection>[]>;
  /** The same for those that KSeF owes an answer on, those that waited longest for a look first. */
  claimOpen(limit: number, leaseSeconds: number): Promise<readonly HeldCorrection<OpenCorrection>[]>;
  /**
   * Stores version + 1 under a lease, and when to look at it again.
   * @param keep for how long the lease is still needed; given back when left out
   * @throws StaleLeaseError when the lease was lost, ConcurrentUpdateError when the version moved on
   */
  saveHeld(
    correction: TechnicalCorrection,
    lease: CorrectionLease,
    lookAgainSeconds: number,
    keep?: { readonly leaseSeconds: number },
  ): Promise<void>;
  /** Keeps these claims for so long from now; those that were lost or given back stay so. */
  renew(leases: readonly CorrectionLease[], leaseSeconds: number): Promise<void>;
  /** Gives it back, to be looked at again in so many seconds; without effect when the lease was lost. */
  release(lease: CorrectionLease, lookAgainSeconds: number): Promise<void>;
}
