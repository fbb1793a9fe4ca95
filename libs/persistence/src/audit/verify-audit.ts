import { createHash } from 'node:crypto';
import pg from 'pg';
import { withoutValues } from '../database/database-error.js';
import { BLOCK_ZERO, blockHashOf, type StoredBlock } from './audit-chain.js';

export interface AuditCheck {
  /** Of a role that may read audit rows, such as a login of `latarnik_auditor`. */
  readonly databaseUrl: string;
  /** An entry that is in no block for longer than this is a finding. @default 300 */
  readonly unsealedSeconds?: number;
  /** What was noted outside the database: those blocks must be there, with those hashes. */
  readonly checkpoints?: readonly NotedCheckpoint[];
}

/** As the worker logs it. */
export interface NotedCheckpoint {
  readonly tenant: string;
  readonly block: number;
  /** Hex. */
  readonly sha256: string;
}

export type AuditFault =
  | { readonly fault: 'entry-changed' | 'entry-missing' | 'entry-not-sealed'; readonly entry: string }
  | { readonly fault: 'block-changed' | 'block-missing' | 'block-not-chained'; readonly block: number }
  | { readonly fault: 'checkpoint-not-met'; readonly block: number };

export type AuditVerdict =
  | {
      readonly ok: true;
      readonly tenants: number;
      readonly blocks: number;
      readonly entries: number;
      readonly unsealed: number;
    }
  | ({ readonly ok: false; readonly tenant: string } & AuditFault);

interface Counts {
  blocks: number;
  entries: number;
  unsealed: number;
}

/**
 * Computes every hash of every tenant's audit chain anew, in one snapshot, and compares. It trusts no function or stored
 * hash of the database: only rows.
 *
 * @returns the first fault, in the order of the chain; or how much was verified
 * @throws DatabaseError
 */
export async function verifyAudit(check: AuditCheck): Promise<AuditVerdict> {
  const client = new pg.Client({ connectionString: check.databaseUrl, application_name: 'latarnik-audit' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL timezone = 'UTC'");
    const { rows } = await client.query<{ tenant_id: string }>('SELECT tenant_id FROM all_tenants()');
    const counts: Counts = { blocks: 0, entries: 0, unsealed: 0 };
    for (const { tenant_id: tenant } of rows) {
      await client.query("SELECT set_config('latarnik.tenant_id', $1, true)", [tenant]);
      const noted = check.checkpoints?.filter((checkpoint) => checkpoint.tenant === tenant) ?? [];
      const fault = await new TenantChain(client, tenant, counts).verify(noted, check.unsealedSeconds ?? 300);
      if (fault !== undefined) return { ok: false, tenant, ...fault };
    }
    const gone = check.checkpoints?.find(({ tenant }) => !rows.some(({ tenant_id: known }) => known === tenant));
    if (gone !== undefined) return { ok: false, tenant: gone.tenant, fault: 'checkpoint-not-met', block: gone.block };
    return { ok: true, tenants: rows.length, ...counts };
  } catch (error) {
    throw withoutValues(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface EntryRow {
  readonly id: string;
  readonly text: string;
  readonly stored: Buffer;
}

const BLOCKS_AT_A_TIME = 50;
const HASH_BYTES = 32;

class TenantChain {
  readonly #sealed = new Set<string>();

  constructor(
    private readonly client: pg.Client,
    private readonly tenant: string,
    private readonly counts: Counts,
  ) {}

  async verify(noted: readonly NotedCheckpoint[], unsealedSeconds: number): Promise<AuditFault | undefined> {
    const hashes = new Map<number, string>();
    let previous: Buffer = BLOCK_ZERO;
    let last = 0;
    for (let blocks = await this.blocksAfter(last); blocks.length > 0; blocks = await this.blocksAfter(last)) {
      for (const block of blocks) {
        const fault = blockFault(block, last + 1, previous) ?? (await this.entriesFault(block));
        if (fault !== undefined) return fault;
        [last, previous] = [block.number, block.sha256];
        hashes.set(last, block.sha256.toString('hex'));
        this.counts.blocks += 1;
      }
    }
    const unmet = noted.find(({ block, sha256 }) => hashes.get(block) !== sha256.toLowerCase());
    if (unmet !== undefined) return { fault: 'checkpoint-not-met', block: unmet.block };
    return this.unsealedFault(unsealedSeconds);
  }

  private async blocksAfter(number: number): Promise<readonly StoredBlock[]> {
    const { rows } = await this.client.query<Omit<StoredBlock, 'number' | 'tenant'> & { number: string }>(BLOCKS, [
      this.tenant,
      number,
      BLOCKS_AT_A_TIME,
    ]);
    return rows.map((row) => ({ ...row, number: Number(row.number), tenant: this.tenant }));
  }

  private async entriesFault({ ids, hashes }: StoredBlock): Promise<AuditFault | undefined> {
    const { rows } = await this.client.query<EntryRow>(ENTRIES, [this.tenant, ids]);
    const found = new Map(rows.map((row) => [row.id, row]));
    for (const [at, entry] of ids.entries()) {
      const row = found.get(entry);
      if (row === undefined) return { fault: 'entry-missing', entry };
      const sealed = hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
      if (!sealed.equals(hashOf(row.text))) return { fault: 'entry-changed', entry };
      this.#sealed.add(entry);
      this.counts.entries += 1;
    }
    return undefined;
  }

  /** What is in no block: entries that wait, which must be as they were written, and none that waits too long. */
  private async unsealedFault(seconds: number): Promise<AuditFault | undefined> {
    const { rows: announced } = await this.client.query<{ id: string }>(ANNOUNCED_WITHOUT_ENTRY, [this.tenant]);
    if (announced[0] !== undefined) return { fault: 'entry-missing', entry: announced[0].id };
    const { rows } = await this.client.query<{ id: string }>(ALL_ENTRIES, [this.tenant]);
    const waiting = rows.map(({ id }) => id).filter((id) => !this.#sealed.has(id));
    if (waiting.length === 0) return undefined;
    const { rows: entries } = await this.client.query<EntryRow & { is_late: boolean }>(WAITING, [
      this.tenant,
      waiting,
      seconds,
    ]);
    for (const { id, text, stored, is_late: isLate } of entries) {
      if (!stored.equals(hashOf(text))) return { fault: 'entry-changed', entry: id };
      if (isLate) return { fault: 'entry-not-sealed', entry: id };
      this.counts.unsealed += 1;
    }
    return undefined;
  }
}

function blockFault(block: StoredBlock, number: number, previous: Buffer): AuditFault | undefined {
  if (block.number !== number) return { fault: 'block-missing', block: number };
  if (!block.previous.equals(previous)) return { fault: 'block-not-chained', block: number };
  return block.sha256.equals(blockHashOf(block)) ? undefined : { fault: 'block-changed', block: number };
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** The same words as the database hashed when the entry was written: each column that has a value, as jsonb writes them. */
const TEXT = `(
  SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(to_jsonb(entry)) WHERE key <> 'sha256' AND value <> 'null')`;

/** $1 tenant, $2 number, $3 how many. */
const BLOCKS = `
  SELECT number, (extract(epoch FROM sealed_at) * 1000000)::bigint::text AS "sealedAtMicroseconds",
    previous_sha256 AS previous, entry_ids::text[] AS ids, entry_hashes AS hashes, sha256
  FROM audit_block WHERE tenant_id = $1 AND number > $2 ORDER BY number LIMIT $3`;

/** $1 tenant, $2 ids. */
const ENTRIES = `
  SELECT id::text, ${TEXT} AS text, sha256 AS stored FROM audit_entry AS entry
  WHERE tenant_id = $1 AND id = ANY ($2::bigint[])`;

const ALL_ENTRIES = 'SELECT id::text FROM audit_entry WHERE tenant_id = $1';

const ANNOUNCED_WITHOUT_ENTRY = `
  SELECT entry_id::text AS id FROM audit_unsealed AS waiting
  WHERE tenant_id = $1 AND NOT EXISTS (
    SELECT FROM audit_entry AS entry WHERE entry.tenant_id = waiting.tenant_id AND entry.id = waiting.entry_id)
  ORDER BY entry_id LIMIT 1`;

/** $1 tenant, $2 ids, $3 seconds. By the clock of the database; an entry carries that of the process that wrote it. */
const WAITING = `
  SELECT id::text, ${TEXT} AS text, sha256 AS stored, at < app_now() - make_interval(secs => $3) AS is_late
  FROM audit_entry AS entry WHERE tenant_id = $1 AND id = ANY ($2::bigint[]) ORDER BY id`;
