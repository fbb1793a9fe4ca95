import {
  BATCH_PART_TRANSITIONS,
  pendingPart,
  type BatchPart,
  type BatchParts,
  type BatchPartState,
} from '../batch/batch-part.js';
import type { BatchLease } from '../batch/batch-repository.port.js';
import type { BatchId, Part, PartOrdinal } from '../batch/batch.js';
import type { InMemoryBatches } from './in-memory-batches.js';

/** The rows of parts, with what the port promises of a database: no move outside the table, no write under a lost lease. */
export class InMemoryBatchParts implements BatchParts {
  #rows = new Map<BatchId, readonly BatchPart[]>();

  constructor(private readonly batches: InMemoryBatches) {}

  savepoint(): () => void {
    const rows = new Map(this.#rows);
    return () => (this.#rows = rows);
  }

  of(batchId: BatchId): Promise<readonly BatchPart[]> {
    return Promise.resolve(this.#rows.get(batchId) ?? []);
  }

  declare(lease: BatchLease, parts: readonly Part[]): Promise<void> {
    this.batches.setUploaded(lease, new Set());
    const before = this.#rows.get(lease.batchId) ?? [];
    if (before.some(({ state }) => state !== 'pending')) throw new Error(`batch ${lease.batchId}: a part was sent`);
    this.#rows.set(lease.batchId, parts.map(pendingPart));
    return Promise.resolve();
  }

  save(lease: BatchLease, part: BatchPart): Promise<void> {
    const rows = this.#rows.get(lease.batchId) ?? [];
    this.batches.setUploaded(lease, uploadedOf(rows));
    const before = rows.find(({ ordinal }) => ordinal === part.ordinal);
    if (before === undefined) throw new Error(`batch ${lease.batchId}: no part ${String(part.ordinal)}`);
    const allowed: readonly BatchPartState[] = BATCH_PART_TRANSITIONS[before.state];
    if (!allowed.includes(part.state)) throw new Error(`part: ${before.state} > ${part.state} is not in the table`);
    const after = rows.map((row) => (row === before ? part : row));
    this.#rows.set(lease.batchId, after);
    this.batches.setUploaded(lease, uploadedOf(after));
    return Promise.resolve();
  }
}

const uploadedOf = (rows: readonly BatchPart[]): ReadonlySet<PartOrdinal> =>
  new Set(rows.filter(({ state }) => state === 'uploaded').map(({ ordinal }) => ordinal));
