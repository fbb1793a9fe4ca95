import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { Drill, DrillId, DrillIn, DrillUnderWay } from './drill.js';

/** A drill with what its key was used for. */
export interface ClaimedDrill {
  readonly drill: Drill;
  readonly fingerprint: string;
}

/** The drills of one tenant; of those under way there is one at most. */
export interface DrillRepository {
  /** @returns false, and stores nothing, when another is under way, or the key is taken */
  add(drill: DrillIn<'prepared'>, claim?: IdempotencyClaim): Promise<boolean>;
  findByKey(key: string): Promise<ClaimedDrill | undefined>;
  find(id: DrillId): Promise<Drill | undefined>;
  underWay(): Promise<DrillUnderWay | undefined>;
  /** Newest first. @param after id of the last drill of the page before */
  list(limit: number, after?: DrillId): Promise<readonly Drill[]>;
  /** The one under way, if its time has come; nobody else gets it for so long. */
  claim(seconds: number): Promise<DrillUnderWay | undefined>;
  /** Looks at it again in so many seconds. */
  postpone(id: DrillId, seconds: number): Promise<void>;
  /** Stores version + 1. @throws ConcurrentUpdateError when the version moved on; the database refuses moves outside DRILL_TRANSITIONS */
  save(drill: Drill): Promise<void>;
}
