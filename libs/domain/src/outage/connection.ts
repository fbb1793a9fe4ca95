import { Temporal, type Instant } from '../shared/instant.js';
import type { ProbeOutcome } from './ksef-probe.port.js';
import type { Traffic } from './ksef-traffic.port.js';
import type { LatarniaState } from './latarnia.port.js';
import { judgeReach, type Evidence, type NetworkState } from './reach.js';
import { firstGate, gateAfterAuthorization, gateAfterLook, type SendingGate } from './sending-gate.js';

/** What is known of the connection, from looks at KSeF and Latarnia and from what calls met. */
export interface Connection {
  /** As known at once; modes go by it, unsmoothed. */
  readonly ksefReachable: boolean;
  /** For an accountant. */
  readonly ksefDetail: string;
  readonly ksefCheckedAt: Instant;
  /** What the last look went by. Absent before the first one. */
  readonly lastLook?: LookRecord;
  /** The last call that failed outside of any look. The next look takes it into account. */
  readonly failedCall?: { readonly cause: string; readonly at: Instant };
  readonly latarnia: LatarniaState;
  readonly latarniaCheckedAt?: Instant;
  /** Whether batches may go out. Absent before the first look. */
  readonly gate?: SendingGate;
}

/** Kept of a look. */
export interface LookRecord {
  readonly at: Instant;
  readonly probe: ProbeOutcome;
  readonly traffic: Traffic;
  readonly network: NetworkState;
}

/** One look at KSeF and Latarnia. */
export interface Look extends Evidence {
  readonly latarnia: LatarniaState;
  readonly at: Instant;
}

/** The connection, shared by all processes; there is one. */
export interface ConnectionLog {
  /** `undefined` until something was learnt of KSeF for the first time. */
  read(): Promise<Connection | undefined>;
  /** Replaces it by what `next` makes of it, and returns that; nobody else changes it meanwhile. */
  change(next: (known: Connection | undefined) => Connection): Promise<Connection>;
}

/** A failed call is taken into account by a look for so long. */
const FAILED_CALL_COUNTS_SECONDS = 60;

/** The connection after a look; a look older than the one before changes nothing. */
export function afterLook(known: Connection | undefined, look: Look): Connection {
  const { probe, latarnia, at } = look;
  if (known !== undefined && isAfter(known.lastLook?.at, at)) return known;
  const traffic = withFailedCall(look.traffic, known, at);
  const { ksefReachable, network, detail } = judgeReach({ ...look, traffic });
  const gate = known?.gate;
  return {
    ...known,
    ksefReachable,
    ksefDetail: detail,
    ksefCheckedAt: at,
    lastLook: { at, probe, traffic, network },
    latarnia,
    latarniaCheckedAt: at,
    gate: gate === undefined ? firstGate(ksefReachable, at) : gateAfterLook(gate, ksefReachable, at),
  };
}

/**
 * The connection after a call that KSeF did not answer: from then on invoices are not tried online, until a look finds
 * KSeF answering again. Sending is left to the looks.
 */
export function afterFailedCall(known: Connection | undefined, cause: string, at: Instant): Connection {
  if (known !== undefined && isAfter(known.ksefCheckedAt, at)) return known;
  return {
    latarnia: 'unknown',
    ...known,
    ksefReachable: false,
    ksefDetail: `KSeF did not answer a call (${cause}).`,
    ksefCheckedAt: at,
    failedCall: { cause, at },
  };
}

/** The connection after KSeF let us in; not if something newer is known. */
export function afterAuthorization(known: Connection | undefined, at: Instant): Connection {
  const gate = gateAfterAuthorization(known?.gate, at);
  if (known !== undefined && isAfter(known.ksefCheckedAt, at)) return { ...known, gate };
  return {
    latarnia: 'unknown',
    ...known,
    ksefReachable: true,
    ksefDetail: 'KSeF answers: it has just let us in.',
    ksefCheckedAt: at,
    gate,
  };
}

/** A failure that another process met since the last look counts as one call more, the latest if there is no other. */
function withFailedCall(traffic: Traffic, known: Connection | undefined, at: Instant): Traffic {
  const call = known?.failedCall;
  if (call === undefined || isAfter(known?.lastLook?.at, call.at)) return traffic;
  if (at.epochMilliseconds - call.at.epochMilliseconds > FAILED_CALL_COUNTS_SECONDS * 1000) return traffic;
  return { last: 'failed', lastFailure: call.cause, ...traffic, failed: traffic.failed + 1 };
}

/** Whether `moment` is later than `other`. */
const isAfter = (moment: Instant | undefined, other: Instant): boolean =>
  moment !== undefined && Temporal.Instant.compare(moment, other) > 0;
