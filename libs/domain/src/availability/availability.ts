import type { Connection } from '../outage/connection.js';
import { isStale } from '../outage/sending-gate.js';
import type { Instant } from '../shared/instant.js';

/** Whether KSeF answered when last asked, and that is not too long ago. Unsmoothed: modes go by it. */
export function isReachable(connection: Connection | undefined, now: Instant): boolean {
  return connection !== undefined && connection.ksefReachable && !isStale(connection.ksefCheckedAt, now);
}
