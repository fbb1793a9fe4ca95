import {
  type BatchId,
  type Certificate,
  type CertificateId,
  type SealedBoxes,
  type StoredBox,
  type TenantId,
} from '@latarnik/domain';
import type { Transaction, Transactions } from '../database/transactions.js';

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
    return this.transactions.run(undefined, async (transaction) => {
      const found: StoredBox[] = [];
      let last = after === undefined ? undefined : { tenant_id: String(after.tenant), id: after.id };
      // A box may go between the two questions: a page that is not full is the last.
      for (;;) {
        const wanted = limit - found.length;
        const ids = await idsAfter(transaction, kind, last, wanted);
        found.push(...(await boxesOf(transaction, kind, ids)));
        last = ids.at(-1);
        if (ids.length < wanted || found.length === limit) return found;
      }
    });
  }

  async newest(kind: StoredBox['kind'], keyVersion: number, limit: number): Promise<readonly StoredBox[]> {
    const version = Buffer.alloc(4);
    version.writeUInt32BE(keyVersion);
    return this.transactions.run(undefined, async (transaction) => {
      const { rows: ids } = await transaction.sql<BoxId>(IDS_OF_VERSION, [kind, version, limit]);
      return boxesOf(transaction, kind, ids);
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

interface BoxId {
  readonly tenant_id: string;
  readonly id: string;
}

async function idsAfter(
  transaction: Transaction,
  kind: StoredBox['kind'],
  last: BoxId | undefined,
  limit: number,
): Promise<readonly BoxId[]> {
  const values = [kind, last?.tenant_id ?? null, last?.id ?? null, limit];
  return (await transaction.sql<BoxId>(IDS_AFTER, values)).rows;
}

/** In the order of the ids, each read as its tenant; without those that are gone. */
async function boxesOf(
  transaction: Transaction,
  kind: StoredBox['kind'],
  ids: readonly BoxId[],
): Promise<readonly StoredBox[]> {
  const boxes = new Map<string, StoredBox>();
  for (const tenant of new Set(ids.map((each) => each.tenant_id))) {
    const own = ids.filter((each) => each.tenant_id === tenant).map(({ id }) => id);
    const { rows } = await transaction.as(tenant as TenantId, () =>
      transaction.sql<Row>(`${BOXES[kind]} WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`, [tenant, own]),
    );
    for (const row of rows) boxes.set(`${row.tenant_id}/${row.id}`, storedBox(kind, row));
  }
  return ids.flatMap(({ tenant_id: tenant, id }) => boxes.get(`${tenant}/${id}`) ?? []);
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
    case 'webhook-secret':
      return { kind, tenant, id: row.id, box };
  }
}

function absent(what: string): never {
  throw new Error(`a sealed row without its ${what}`);
}

/** $1 kind, $2-$3 tenant and id, $4 how many. */
const IDS_AFTER = 'SELECT tenant_id, id FROM sealed_ids_after($1, $2, $3, $4)';

/** $1 kind, $2 version as in the box, $3 how many. The newest first. */
const IDS_OF_VERSION = 'SELECT tenant_id, id FROM sealed_ids_of_version($1, $2, $3)';

/** All kinds with the same names. */
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
  'webhook-secret':
    'SELECT tenant_id, id, box FROM (SELECT tenant_id, id, sealed_secret AS box FROM webhook_secret) AS keys',
};

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
  'webhook-secret': `
    UPDATE webhook_secret SET sealed_secret = $4 WHERE tenant_id = $1 AND id = $2 AND sealed_secret = $3`,
};

const STILL_THERE: Readonly<Record<StoredBox['kind'], string>> = {
  certificate: `
    SELECT id FROM certificate WHERE tenant_id = $1 AND id = $2 AND sealed_key = $3
    UNION ALL SELECT id FROM enrolment WHERE tenant_id = $1 AND id = $2 AND sealed_key = $3`,
  'session-key': 'SELECT id FROM batch WHERE tenant_id = $1 AND id = $2 AND sealed_session_key = $3',
  'webhook-secret': 'SELECT id FROM webhook_secret WHERE tenant_id = $1 AND id = $2 AND sealed_secret = $3',
};
