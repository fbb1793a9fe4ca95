import type { InvoiceId } from '../invoice/invoice.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import type { DrillReport } from './drill-report.js';

/** A UUID. */
export type DrillId = Brand<string, 'DrillId'>;

/**
 * How the outage of a drill is made. `ksef-simulator`: KSeF itself falls silent and Latarnia announces a failure, which is
 * possible where that KSeF is a simulator with controls. `downtime-simulation`: a message is made up for the tenant, and
 * KSeF goes on as it is.
 */
export type OutageKind = 'ksef-simulator' | 'downtime-simulation';

/** A certificate a context needs for an outage, as it stands when the drill begins. */
export interface CertificateFinding {
  readonly type: 'Offline' | 'Authentication';
  /** `expiring`: still usable, with less than 30 days left. */
  readonly state: 'usable' | 'expiring' | 'missing';
  /** For an accountant. */
  readonly detail: string;
  /** Its last day in Warsaw, `YYYY-MM-DD`; absent when there is none. */
  readonly validUntil?: string;
}

/** A context in a drill, and what was issued in it so far. */
export interface DrillContext {
  readonly identifier: ContextIdentifier;
  readonly name: string;
  readonly certificates: readonly CertificateFinding[];
  /** Why no invoice is issued in it; absent when it takes part. */
  readonly leftOut?: string;
  readonly issued: readonly { readonly number: string; readonly invoiceId: InvoiceId }[];
  readonly refused: readonly { readonly number: string; readonly reason: string }[];
}

interface Request {
  readonly id: DrillId;
  readonly person: string;
  readonly actor: string;
  /** By the clock, not by a person. */
  readonly scheduled: boolean;
  readonly invoicesPerContext: number;
  readonly requestedAt: Instant;
  /** Raised by the repository with every save. */
  readonly version: number;
}

interface Planned extends Request {
  readonly contexts: readonly DrillContext[];
  readonly outage: OutageKind;
  /** Start of the failure, as it is announced; stored before anything falls silent. */
  readonly outageAt: Instant;
}

interface Detected extends Planned {
  /** When the failure was known here: its message was stored, and the API showed it. */
  readonly detectedAt: Instant;
}

interface Restored extends Detected {
  readonly issuedAt: Instant;
  /** End of the failure, as it is announced. */
  readonly restoredAt: Instant;
}

/** The outage did not come about as it should, or cannot be told from one that did: its end is owed all the same. */
interface GivenUp extends Planned {
  /** End of the failure, as it is announced. */
  readonly restoredAt: Instant;
  /** Why; that of the failed drill, once KSeF answers again. */
  readonly givenUp: string;
}

interface Reopened extends Restored {
  /** When KSeF was let answer again, or the end of a made-up failure was entered. */
  readonly openedAt: Instant;
}

/** Each state names what is being done: it is stored before that is tried, and what it does may be done twice. */
export type DrillUnderWay =
  | (Request & { readonly state: 'prepared' })
  | (Planned & { readonly state: 'outage' })
  | (Detected & { readonly state: 'issuing' })
  | (Restored & { readonly state: 'restoring' })
  | (GivenUp & { readonly state: 'restoring' })
  | (Reopened & { readonly state: 'draining' });

/** Went all the way; whether all was well, the report says. */
export type CheckedDrill = Reopened & {
  readonly state: 'checked';
  readonly endedAt: Instant;
  readonly report: DrillReport;
};

/** Could not be carried out. */
export type FailedDrill = Request & { readonly state: 'failed'; readonly endedAt: Instant; readonly reason: string };

/** There was nothing to rehearse; no outage was made. */
export type SkippedDrill = Request & { readonly state: 'skipped'; readonly endedAt: Instant; readonly reason: string };

export type Drill = DrillUnderWay | CheckedDrill | FailedDrill | SkippedDrill;
export type DrillIn<S extends Drill['state']> = Extract<Drill, { readonly state: S }>;

/**
 * The whole course; the database holds every row to it. Any drill under way may fail: one found on production does, whatever
 * it was doing. From `outage` it goes back to `prepared` when the outage of somebody else came first, and nothing was done.
 */
export const DRILL_TRANSITIONS = {
  prepared: ['outage', 'skipped', 'failed'],
  outage: ['prepared', 'issuing', 'restoring', 'failed'],
  issuing: ['issuing', 'restoring', 'failed'],
  restoring: ['draining', 'failed'],
  draining: ['checked', 'failed'],
  checked: [],
  failed: [],
  skipped: [],
} as const satisfies Record<Drill['state'], readonly Drill['state'][]>;

/** Whether a worker has something to do for it. */
export const isDrillUnderWay = (drill: Drill): drill is DrillUnderWay => DRILL_TRANSITIONS[drill.state].length > 0;
