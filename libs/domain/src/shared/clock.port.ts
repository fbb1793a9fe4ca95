import type { Instant } from './instant.js';

/** The time that decides law (issue day, mode, deadline). Leases are decided by the database's clock instead. */
export interface Clock {
  now(): Instant;
}
