import { Temporal, type Clock, type Instant } from '@latarnik/domain';

/** The clock of this machine, in whole milliseconds, so that a stored moment reads back equal. */
export class SystemClock implements Clock {
  now(): Instant {
    return Temporal.Instant.fromEpochMilliseconds(Date.now());
  }
}
