import type { AvailabilityBulletin } from './availability-bulletin.js';

/** Every version of every message that was ever read. */
export interface BulletinArchive {
  /** Idempotent by id and version. @returns those that were new */
  add(bulletins: readonly AvailabilityBulletin[]): Promise<readonly AvailabilityBulletin[]>;
  /** Newest publication first. */
  all(): Promise<readonly AvailabilityBulletin[]>;
}
