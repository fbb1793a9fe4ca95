import { ConcurrentUpdateError } from '../../batch/batch-repository.port.js';
import type { IdempotencyClaim } from '../../invoice/idempotency.port.js';
import type { Clock } from '../../shared/clock.port.js';
import type { ClaimedDrill, DrillRepository } from '../drill-repository.port.js';
import {
  DRILL_TRANSITIONS,
  isDrillUnderWay,
  type Drill,
  type DrillId,
  type DrillIn,
  type DrillUnderWay,
} from '../drill.js';

/** Holds to one drill under way, and every save to the version. */
export class InMemoryDrills implements DrillRepository {
  rows: readonly Drill[] = [];
  #dueMs = new Map<DrillId, number>();
  #claims = new Map<string, { readonly id: DrillId; readonly fingerprint: string }>();

  constructor(private readonly clock: Clock) {}

  savepoint(): () => void {
    const { rows } = this;
    const due = new Map(this.#dueMs);
    const claims = new Map(this.#claims);
    return () => {
      this.rows = rows;
      this.#dueMs = due;
      this.#claims = claims;
    };
  }

  add(drill: DrillIn<'prepared'>, claim?: IdempotencyClaim): Promise<boolean> {
    const isTaken = claim !== undefined && this.#claims.has(claim.key);
    if (isTaken || this.rows.some(isDrillUnderWay)) return Promise.resolve(false);
    if (claim !== undefined) this.#claims.set(claim.key, { id: drill.id, fingerprint: claim.fingerprint });
    this.rows = [...this.rows, drill];
    return Promise.resolve(true);
  }

  find(id: DrillId): Promise<Drill | undefined> {
    return Promise.resolve(this.rows.find((row) => row.id === id));
  }

  findByKey(key: string): Promise<ClaimedDrill | undefined> {
    const claimed = this.#claims.get(key);
    const drill = this.rows.find(({ id }) => id === claimed?.id);
    if (claimed === undefined || drill === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ drill, fingerprint: claimed.fingerprint });
  }

  underWay(): Promise<DrillUnderWay | undefined> {
    return Promise.resolve(this.rows.find(isDrillUnderWay));
  }

  list(limit: number, after?: DrillId): Promise<readonly Drill[]> {
    const newestFirst = [...this.rows].reverse();
    const from = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
    return Promise.resolve(newestFirst.slice(from, from + limit));
  }

  claim(seconds: number): Promise<DrillUnderWay | undefined> {
    const nowMs = this.clock.now().epochMilliseconds;
    const due = this.rows.filter(isDrillUnderWay).find(({ id }) => (this.#dueMs.get(id) ?? 0) <= nowMs);
    if (due !== undefined) this.#dueMs.set(due.id, nowMs + seconds * 1000);
    return Promise.resolve(due);
  }

  postpone(id: DrillId, seconds: number): Promise<void> {
    this.#dueMs.set(id, this.clock.now().epochMilliseconds + seconds * 1000);
    return Promise.resolve();
  }

  save(drill: Drill): Promise<void> {
    const row = this.rows.find(({ id }) => id === drill.id);
    if (row?.version !== drill.version) {
      return Promise.reject(new ConcurrentUpdateError(`drill ${drill.id} moved on`));
    }
    const moves: readonly Drill['state'][] = DRILL_TRANSITIONS[row.state];
    if (!moves.includes(drill.state)) return Promise.reject(new Error(`no move from ${row.state} to ${drill.state}`));
    this.rows = this.rows.map((one) => (one.id === drill.id ? { ...drill, version: drill.version + 1 } : one));
    return Promise.resolve();
  }
}
