import {
  StaleLeaseError,
  Temporal,
  type BatchId,
  type BatchLease,
  type BatchPart,
  type BatchPartState,
  type BatchParts,
  type Part,
  type PartOrdinal,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';
import type { Transaction } from '../database/transactions.js';

interface Row {
  readonly ordinal: number;
  /** A bigint, as text. */
  readonly size_bytes: string;
  readonly sha256: string;
  readonly state: BatchPartState;
  readonly attempts: number;
  readonly sent_at: string | null;
  readonly uploaded_at: string | null;
  readonly last_error: string | null;
}

/** Writes hold the fence of the lease in their WHERE: a worker that lost its batch changes nothing. */
export class TypeormBatchParts implements BatchParts {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async of(batchId: BatchId): Promise<readonly BatchPart[]> {
    const { rows } = await this.transaction.sql<Row>(OF_BATCH, [this.tenant, batchId]);
    return rows.map(toPart);
  }

  async declare(lease: BatchLease, parts: readonly Part[]): Promise<void> {
    await this.transaction.sql('DELETE FROM batch_part WHERE tenant_id = $1 AND batch_id = $2', [
      this.tenant,
      lease.batchId,
    ]);
    const { count } = await this.transaction.sql(DECLARE, [
      ...[this.tenant, lease.batchId, lease.fence.toString()],
      parts.map(({ ordinal }) => ordinal),
      parts.map(({ sizeBytes }) => sizeBytes),
      parts.map(({ sha256 }) => sha256),
    ]);
    if (count !== parts.length) throw lost(lease);
  }

  async save(lease: BatchLease, part: BatchPart): Promise<void> {
    const { count } = await this.transaction.sql(SAVE, [
      ...[this.tenant, lease.batchId, lease.fence.toString(), part.ordinal, part.state, part.attempts],
      'sentAt' in part ? instantText(part.sentAt) : null,
      'uploadedAt' in part ? instantText(part.uploadedAt) : null,
      'lastError' in part ? part.lastError : null,
    ]);
    if (count !== 1) throw lost(lease);
  }
}

const lost = ({ batchId, fence }: BatchLease): StaleLeaseError =>
  new StaleLeaseError(`batch ${batchId}: fence ${fence} is outdated`);

function toPart(row: Row): BatchPart {
  const { ordinal, size_bytes: size, sha256, attempts, state } = row;
  const declared = { ordinal: ordinal as PartOrdinal, sizeBytes: Number(size), sha256, attempts };
  switch (state) {
    case 'pending':
      return { ...declared, state };
    case 'sending':
      return { ...declared, state, sentAt: sentAt(row) };
    case 'uploaded': {
      const uploadedAt = Temporal.Instant.from(required(row.uploaded_at, 'moment of arrival'));
      return { ...declared, state, sentAt: sentAt(row), uploadedAt };
    }
    case 'unknown':
    case 'refused':
      return { ...declared, state, sentAt: sentAt(row), lastError: required(row.last_error, 'error') };
  }
}

const sentAt = ({ sent_at: text }: Row): Temporal.Instant => Temporal.Instant.from(required(text, 'moment of sending'));

const OF_BATCH = `
  SELECT ordinal, size_bytes, encode(sha256, 'base64') AS sha256, state, attempts, sent_at::text AS sent_at,
    uploaded_at::text AS uploaded_at, last_error
  FROM batch_part WHERE tenant_id = $1 AND batch_id = $2 ORDER BY ordinal`;

const DECLARE = `
  INSERT INTO batch_part (tenant_id, batch_id, ordinal, size_bytes, sha256, state)
  SELECT batch.tenant_id, batch.id, part.ordinal, part.size_bytes, decode(part.sha256, 'base64'), 'pending'
  FROM batch CROSS JOIN unnest($4::smallint[], $5::bigint[], $6::text[]) AS part (ordinal, size_bytes, sha256)
  WHERE batch.tenant_id = $1 AND batch.id = $2 AND batch.fence = $3`;

const SAVE = `
  UPDATE batch_part AS part SET state = $5, attempts = $6, sent_at = $7, uploaded_at = $8, last_error = $9,
    updated_at = app_now()
  FROM batch
  WHERE part.tenant_id = $1 AND part.batch_id = $2 AND part.ordinal = $4
    AND batch.tenant_id = part.tenant_id AND batch.id = part.batch_id AND batch.fence = $3`;
