import type { InvoiceId } from '../invoice/invoice.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import type { DrillReport } from './drill-report.js';

/** A UUID. */
export type DrillId = Brand<string, 'DrillId'>;

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
  /** Start of the simulated failure. */
  readonly outageAt: Instant;
}

interface Detected extends Planned {
  /** When the mode was seen to be an announced outage's. */
  readonly detectedAt: Instant;
}

interface Restored extends Detected {
  readonly issuedAt: Instant;
  /** End of the simulated failure. */
  readonly restoredAt: Instant;
}

/** Each state names what is being done: it is stored before that is tried, and what it does may be done twice. */
export type DrillUnderWay =
  | (Request & { readonly state: 'prepared' })
  | (Planned & { readonly state: 'outage' })
  | (Detected & { readonly state: 'issuing' })
  | (Restored & { readonly state: 'restoring' })
  | (Restored & { readonly state: 'draining' });

/** Went all the way; whether all was well, the report says. */
export type CheckedDrill = Restored & {
  readonly state: 'checked';
  readonly endedAt: Instant;
  readonly report: DrillReport;
};

/** Could not be carried out. */
export type FailedDrill = Request & { readonly state: 'failed'; readonly endedAt: Instant; readonly reason: string };

export type Drill = DrillUnderWay | CheckedDrill | FailedDrill;
export type DrillIn<S extends Drill['state']> = Extract<Drill, { readonly state: S }>;

/** Whether a worker has something to do for it. */
export const isDrillUnderWay = (drill: Drill): drill is DrillUnderWay =>
  drill.state !== 'checked' && drill.state !== 'failed';
