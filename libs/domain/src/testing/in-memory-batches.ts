import type { Clock } from '../shared/clock.port.js';
import {
  ConcurrentUpdateError,
  StaleLeaseError,
  type BatchLease,
  type BatchRepository,
} from '../batch/batch-repository.port.js';
import { BATCH_TRANSITIONS, type Batch, type BatchId, type BatchState, type PlannedBatch } from '../batch/batch.js';

interface Row {
  readonly batch: Batch;
  readonly fence: bigint;
  readonly owner?: string;
  readonly leasedUntilMs: number;
  /** Absent once it has ended. */
  readonly nextActionAtMs?: number;
}

/**
 * The batches of one tenant, with what the port promises of a database: leases with a fence that rises with every
 * claim, writes only under the newest fence, optimistic versions, and no move outside BATCH_TRANSITIONS.
 */
export class InMemoryBatches implements BatchRepository {
  #rows = new Map<BatchId, Row>();

  /** @param clock of the database, which decides leases */
  constructor(private readonly clock: Clock) {}

  savepoint(): () => void {
    const rows = new Map(this.#rows);
    return () => (this.#rows = rows);
  }

  /** For assertions: every batch in the order of planning. */
  get stored(): readonly Batch[] {
    return [...this.#rows.values()].map(({ batch }) => batch);
  }

  /** What the sweeper would find now. */
  due(): readonly BatchId[] {
    return [...this.#rows.values()]
      .filter(
        ({ leasedUntilMs, nextActionAtMs }) =>
          leasedUntilMs <= this.nowMs && (nextActionAtMs ?? Infinity) <= this.nowMs,
      )
      .map(({ batch }) => batch.id);
  }

  /** Seconds until the sweeper wakes it; `undefined` when it never will. */
  nextActionInSeconds(id: BatchId): number | undefined {
    const { nextActionAtMs } = this.row(id);
    return nextActionAtMs === undefined ? undefined : (nextActionAtMs - this.nowMs) / 1000;
  }

  add(batch: PlannedBatch): Promise<void> {
    if (this.#rows.has(batch.id)) throw new Error(`batch ${batch.id} exists`);
    this.#rows.set(batch.id, { batch, fence: 0n, leasedUntilMs: 0, nextActionAtMs: this.nowMs });
    return Promise.resolve();
  }

  find(id: BatchId): Promise<Batch | undefined> {
    return Promise.resolve(this.#rows.get(id)?.batch);
  }

  list(limit: number, after?: BatchId): Promise<readonly Batch[]> {
    const newestFirst = [...this.stored].reverse();
    const from = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
    return Promise.resolve(newestFirst.slice(from, from + limit));
  }

  lease(id: BatchId, owner: string, leaseSeconds: number): Promise<BatchLease | undefined> {
    const row = this.#rows.get(id);
    if (row === undefined || row.leasedUntilMs > this.nowMs) return Promise.resolve(undefined);
    const fence = row.fence + 1n;
    this.#rows.set(id, { ...row, fence, owner, leasedUntilMs: this.nowMs + leaseSeconds * 1000 });
    return Promise.resolve({ batchId: id, fence });
  }

  save(batch: Batch, lease: BatchLease, nextActionInSeconds: number | undefined): Promise<void> {
    if (batch.id !== lease.batchId) throw new Error(`batch ${batch.id} saved under the lease of ${lease.batchId}`);
    const { nextActionAtMs: _before, ...row } = this.held(lease);
    if (row.batch.version !== batch.version) {
      throw new ConcurrentUpdateError(`batch ${batch.id} is at version ${String(row.batch.version)}`);
    }
    const allowed: readonly BatchState[] = BATCH_TRANSITIONS[row.batch.state];
    if (!allowed.includes(batch.state)) {
      throw new Error(`batch ${batch.id}: ${row.batch.state} > ${batch.state} is not in the table`);
    }
    this.#rows.set(batch.id, {
      ...row,
      batch: { ...batch, version: batch.version + 1 },
      ...(nextActionInSeconds === undefined ? {} : { nextActionAtMs: this.nowMs + nextActionInSeconds * 1000 }),
    });
    return Promise.resolve();
  }

  renew(lease: BatchLease, leaseSeconds: number): Promise<void> {
    this.#rows.set(lease.batchId, { ...this.held(lease), leasedUntilMs: this.nowMs + leaseSeconds * 1000 });
    return Promise.resolve();
  }

  postpone(lease: BatchLease, nextActionInSeconds: number): Promise<void> {
    this.#rows.set(lease.batchId, { ...this.held(lease), nextActionAtMs: this.nowMs + nextActionInSeconds * 1000 });
    return Promise.resolve();
  }

  release(lease: BatchLease): Promise<void> {
    const row = this.row(lease.batchId);
    if (row.fence === lease.fence) this.#rows.set(lease.batchId, { ...row, leasedUntilMs: 0 });
    return Promise.resolve();
  }

  private held(lease: BatchLease): Row {
    const row = this.row(lease.batchId);
    if (row.fence !== lease.fence) throw new StaleLeaseError(`batch ${lease.batchId} has another holder`);
    return row;
  }

  private row(id: BatchId): Row {
    const row = this.#rows.get(id);
    if (row === undefined) throw new Error(`no batch ${id}`);
    return row;
  }

  private get nowMs(): number {
    return this.clock.now().epochMilliseconds;
  }
}
