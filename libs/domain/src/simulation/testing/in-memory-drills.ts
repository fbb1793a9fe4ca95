import { ConcurrentUpdateError } from '../../batch/batch-repository.port.js';
import type { Clock } from '../../shared/clock.port.js';
import type { DrillRepository } from '../drill-repository.port.js';
import { isDrillUnderWay, type Drill, type DrillId, type DrillIn, type DrillUnderWay } from '../drill.js';

/** Holds to one drill under way, and every save to the version. */
export class InMemoryDrills implements DrillRepository {
  rows: readonly Drill[] = [];
  #dueMs = new Map<DrillId, number>();

  constructor(private readonly clock: Clock) {}

  savepoint(): () => void {
    const { rows } = this;
    const due = new Map(this.#dueMs);
    return () => {
      this.rows = rows;
      this.#dueMs = due;
    };
  }

  add(drill: DrillIn<'prepared'>): Promise<boolean> {
    if (this.rows.some(isDrillUnderWay)) return Promise.resolve(false);
    this.rows = [...this.rows, drill];
    return Promise.resolve(true);
  }

  find(id: DrillId): Promise<Drill | undefined> {
    return Promise.resolve(this.rows.find((row) => row.id === id));
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
    this.rows = this.rows.map((one) => (one.id === drill.id ? { ...drill, version: drill.version + 1 } : one));
    return Promise.resolve();
  }
}
