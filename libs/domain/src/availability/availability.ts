import type { Connection } from '../outage/connection.js';
import type { Outage } from '../outage/outage.js';
import { isStale } from '../outage/sending-gate.js';
import type { Instant } from '../shared/instant.js';
import { sendingNow } from './sending-now.js';

/** Whether KSeF answered when last asked, and that is not too long ago. Unsmoothed: modes go by it. */
export function isReachable(connection: Connection | undefined, now: Instant): boolean {
  return connection !== undefined && connection.ksefReachable && !isStale(connection.ksefCheckedAt, now);
}

/** Whether batches may go out now (see `sendingNow`). */
export function maySend(now: Instant, outages: readonly Outage[], connection: Connection | undefined): boolean {
  return sendingNow(now, outages, connection).sending;
}
