import {
  MOST_FAILED_RUNS,
  MOST_UNFINISHED_RUNS,
  type BatchRuns,
  type BatchStanding,
} from '../batch/batch-runs.port.js';
import type { SessionReference } from '../session/session-reference.js';
import type { Clock } from '../shared/clock.port.js';
import { Temporal, type Instant } from '../shared/instant.js';
import {
  ConcurrentUpdateError,
  StaleLeaseError,
  type BatchFilter,
  type BatchLease,
  type BatchRepository,
} from '../batch/batch-repository.port.js';
import { sameContext } from '../party/context-identifier.js';
import {
  BATCH_TRANSITIONS,
  type Batch,
  type BatchId,
  type BatchState,
  type PartOrdinal,
  type PlannedBatch,
} from '../batch/batch.js';

interface Row {
  readonly batch: Batch;
  readonly fence: bigint;
  readonly owner?: string;
  readonly leasedUntilMs: number;
  /** Absent once it has ended. */
  readonly nextActionAtMs?: number;
  readonly unfinishedRuns: number;
  readonly failedRuns: number;
  readonly heldAt?: Instant;
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
        ({ leasedUntilMs, nextActionAtMs, heldAt }) =>
          heldAt === undefined && leasedUntilMs <= this.nowMs && (nextActionAtMs ?? Infinity) <= this.nowMs,
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
    const runs = { unfinishedRuns: 0, failedRuns: 0 };
    this.#rows.set(batch.id, { batch, fence: 0n, leasedUntilMs: 0, nextActionAtMs: this.nowMs, ...runs });
    return Promise.resolve();
  }

  find(id: BatchId): Promise<Batch | undefined> {
    return Promise.resolve(this.#rows.get(id)?.batch);
  }

  findBySession(reference: SessionReference): Promise<Batch | undefined> {
    return Promise.resolve(this.stored.find((batch) => 'session' in batch && batch.session === reference));
  }

  list(limit: number, after?: BatchId, { states, context }: BatchFilter = {}): Promise<readonly Batch[]> {
    const newestFirst = this.stored
      .filter((batch) => states?.includes(batch.state) ?? true)
      .filter((batch) => context === undefined || sameContext(batch.context, context))
      .reverse();
    const from = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
    return Promise.resolve(newestFirst.slice(from, from + limit));
  }

  lease(id: BatchId, owner: string, leaseSeconds: number): Promise<BatchLease | undefined> {
    const row = this.#rows.get(id);
    if (row === undefined || row.heldAt !== undefined || row.leasedUntilMs > this.nowMs) {
      return Promise.resolve(undefined);
    }
    const fence = row.fence + 1n;
    const leased = { owner, leasedUntilMs: this.nowMs + leaseSeconds * 1000 };
    this.#rows.set(id, { ...row, ...leased, fence, unfinishedRuns: row.unfinishedRuns + 1 });
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

  /** As the database does it: what a batch knows of its parts comes from their rows. @throws StaleLeaseError */
  setUploaded(lease: BatchLease, uploaded: ReadonlySet<PartOrdinal>): void {
    const row = this.held(lease);
    if (row.batch.state !== 'open') return;
    this.#rows.set(lease.batchId, { ...row, batch: { ...row.batch, uploaded } });
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
    if (row.fence === lease.fence) this.#rows.set(lease.batchId, { ...row, leasedUntilMs: 0, unfinishedRuns: 0 });
    return Promise.resolve();
  }

  /** For the database. */
  readonly runs: BatchRuns = {
    standing: (id) => {
      const row = this.#rows.get(id);
      return Promise.resolve(row === undefined ? undefined : standingOf(row, this.clock.now()));
    },
    failed: (id) => this.change(id, (row) => ({ ...row, failedRuns: row.failedRuns + 1 })),
    succeeded: (id) => this.change(id, (row) => ({ ...row, failedRuns: 0 })),
    hold: async (id) => {
      const row = this.row(id);
      if (row.heldAt !== undefined || row.nextActionAtMs === undefined || row.leasedUntilMs > this.nowMs) return false;
      await this.change(id, (each) => ({ ...each, heldAt: this.clock.now() }));
      return true;
    },
    resume: async (id) => {
      const { heldAt, ...row } = this.row(id);
      if (heldAt === undefined) return false;
      const fresh = { unfinishedRuns: 0, failedRuns: 0, nextActionAtMs: this.nowMs };
      await this.change(id, () => ({ ...row, ...fresh }));
      return true;
    },
  };

  /** For the database. */
  hopeless(): readonly BatchId[] {
    return [...this.#rows.values()]
      .filter(({ heldAt, leasedUntilMs }) => heldAt === undefined && leasedUntilMs <= this.nowMs)
      .filter((row) => row.unfinishedRuns >= MOST_UNFINISHED_RUNS || row.failedRuns >= MOST_FAILED_RUNS)
      .filter(({ nextActionAtMs }) => nextActionAtMs !== undefined)
      .map(({ batch }) => batch.id);
  }

  /** For the database. */
  handBack(worker: string): number {
    const own = [...this.#rows.values()].filter((row) => row.owner === worker && row.leasedUntilMs > this.nowMs);
    for (const row of own) {
      this.#rows.set(row.batch.id, { ...row, fence: row.fence + 1n, leasedUntilMs: 0, unfinishedRuns: 0 });
    }
    return own.length;
  }

  private change(id: BatchId, next: (row: Row) => Row): Promise<void> {
    this.#rows.set(id, next(this.row(id)));
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

function standingOf(
  { nextActionAtMs, leasedUntilMs, unfinishedRuns, failedRuns, heldAt }: Row,
  now: Instant,
): BatchStanding {
  const instant = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms);
  return {
    ...(nextActionAtMs === undefined ? {} : { nextActionAt: instant(nextActionAtMs) }),
    ...(leasedUntilMs > now.epochMilliseconds ? { leasedUntil: instant(leasedUntilMs) } : {}),
    ...{ unfinishedRuns, failedRuns, updatedAt: now },
    ...(heldAt === undefined ? {} : { heldAt }),
  };
}
