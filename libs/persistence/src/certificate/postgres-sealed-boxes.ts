import {
  type BatchId,
  type Certificate,
  type CertificateId,
  type SealedBoxes,
  type StoredBox,
  type TenantId,
} from '@latarnik/domain';
import type { Transactions } from '../database/transactions.js';

interface Row {
  readonly tenant_id: string;
  readonly id: string;
  readonly box: Uint8Array;
  readonly purpose?: Certificate['purpose'];
  readonly sha256?: string;
  readonly initialization_vector?: Uint8Array;
}

/**
 * The sealed columns of `certificate`, `enrolment` (the key of a certificate to be, under its label) and `batch`. Every call
 * is a transaction of its own.
 */
export class PostgresSealedBoxes implements SealedBoxes {
  constructor(private readonly transactions: Transactions) {}

  async page(kind: StoredBox['kind'], after: StoredBox | undefined, limit: number): Promise<readonly StoredBox[]> {
    return this.transactions.run(undefined, async ({ sql }) => {
      const { rows } = await sql<Row>(pageOf(kind), [after?.tenant ?? null, after?.id ?? null, limit]);
      return rows.map((row) => storedBox(kind, row));
    });
  }

  async newest(kind: StoredBox['kind'], keyVersion: number, limit: number): Promise<readonly StoredBox[]> {
    const version = Buffer.alloc(4);
    version.writeUInt32BE(keyVersion);
    return this.transactions.run(undefined, async ({ sql }) => {
      const { rows } = await sql<Row>(newestOf(kind), [version, limit]);
      return rows.map((row) => storedBox(kind, row));
    });
  }

  async replace({ kind, tenant, id, box: old }: StoredBox, box: Uint8Array): Promise<'replaced' | 'gone' | 'busy'> {
    return this.transactions.run(tenant, async ({ sql }) => {
      const values = [tenant, id, Buffer.from(old), Buffer.from(box)];
      const replaced = await sql(REPLACEMENTS[kind], values);
      if (replaced.count > 0) return 'replaced';
      const { rows } = await sql(STILL_THERE[kind], values.slice(0, 3));
      return rows.length > 0 ? 'busy' : 'gone';
    });
  }
}

function storedBox(kind: StoredBox['kind'], row: Row): StoredBox {
  const tenant = row.tenant_id as TenantId;
  const box = Uint8Array.from(row.box);
  switch (kind) {
    case 'certificate':
      return { kind, tenant, id: row.id as CertificateId, purpose: row.purpose ?? absent('purpose'), box };
    case 'session-key': {
      const initializationVector = Uint8Array.from(row.initialization_vector ?? absent('initialization vector'));
      const declared = { sha256: row.sha256 ?? absent('hash of the package'), initializationVector };
      return { kind, tenant, id: row.id as BatchId, declared, box };
    }
  }
}

function absent(what: string): never {
  throw new Error(`a sealed row without its ${what}`);
}

const AFTER = '($1::uuid IS NULL OR (tenant_id, id) > ($1::uuid, $2::uuid))';

/** Both kinds with the same names. */
const BOXES: Readonly<Record<StoredBox['kind'], string>> = {
  certificate: `
    SELECT tenant_id, id, purpose, box
    FROM (
      SELECT tenant_id, id, purpose, sealed_key AS box FROM certificate
      UNION ALL
      SELECT tenant_id, id, type, sealed_key FROM enrolment WHERE sealed_key IS NOT NULL
    ) AS keys`,
  'session-key': `
    SELECT tenant_id, id, box, initialization_vector, sha256
    FROM (
      SELECT tenant_id, id, sealed_session_key AS box, initialization_vector, body -> 'sealed' ->> 'sha256' AS sha256
      FROM batch WHERE sealed_session_key IS NOT NULL
    ) AS keys`,
};

const pageOf = (kind: StoredBox['kind']): string => `${BOXES[kind]} WHERE ${AFTER} ORDER BY tenant_id, id LIMIT $3`;

/** Ids are UUIDs of version 7, which begin with the time. */
const newestOf = (kind: StoredBox['kind']): string =>
  `${BOXES[kind]} WHERE substring(box FROM 2 FOR 4) = $1::bytea ORDER BY id DESC LIMIT $2`;

/**
 * Only the box that was read is replaced. An enrolment moves on by a version: a worker that read the old box cannot write it
 * back. A batch is taken as by a worker, and given back at once: a worker that holds it
 * would write the old box back with its next step, and one that lost its lease is stopped by the new fence.
 */
const REPLACEMENTS: Readonly<Record<StoredBox['kind'], string>> = {
  certificate: `
    WITH enrolled AS (
      UPDATE certificate SET sealed_key = $4 WHERE tenant_id = $1 AND id = $2 AND sealed_key = $3 RETURNING id
    ), applied AS (
      UPDATE enrolment SET sealed_key = $4, version = version + 1
      WHERE tenant_id = $1 AND id = $2 AND sealed_key = $3 RETURNING id
    )
    SELECT id FROM enrolled UNION ALL SELECT id FROM applied`,
  'session-key': `
    UPDATE batch SET sealed_session_key = $4, fence = fence + 1
    WHERE tenant_id = $1 AND id = $2 AND sealed_session_key = $3 AND (lease_until IS NULL OR lease_until < app_now())`,
};

const STILL_THERE: Readonly<Record<StoredBox['kind'], string>> = {
  certificate: `
    SELECT id FROM certificate WHERE tenant_id = $1 AND id = $2 AND sealed_key = $3
    UNION ALL SELECT id FROM enrolment WHERE tenant_id = $1 AND id = $2 AND sealed_key = $3`,
  'session-key': 'SELECT id FROM batch WHERE tenant_id = $1 AND id = $2 AND sealed_session_key = $3',
};
