import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@latarnik/embedded-postgres';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { INSTANT } from './database/column-types.js';
import { createDataSource } from './database/data-source.js';
import { migrate } from './migrate.js';
import { DeliveryRetries1795132800006 } from './migrations/1795132800006-delivery-retries.js';
import { DeadlineEngine1795132800007 } from './migrations/1795132800007-deadline-engine.js';
import { MIGRATIONS } from './migrations/migrations.js';
import { openPersistence } from './open-persistence.js';

let server: EmbeddedPostgres;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ durable: false });
});
afterAll(() => server.stop());

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Undoes migrations, the last first, until this one is undone. */
async function undoTo(url: string, migration: (typeof MIGRATIONS)[number]): Promise<void> {
  const dataSource = await dataSourceOn(url).initialize();
  try {
    for (const _ of MIGRATIONS.slice(MIGRATIONS.indexOf(migration))) await dataSource.undoLastMigration();
  } finally {
    await dataSource.destroy();
  }
}

const dataSourceOn = (databaseUrl: string): DataSource =>
  createDataSource({
    databaseUrl,
    poolSize: 1,
    applicationName: 'test',
    connectTimeoutMs: 5_000,
    onIdleConnectionError: () => undefined,
    migrations: MIGRATIONS,
  });

/** Columns, constraints, indexes, triggers and functions of our own schema, as text. */
const SHAPE = `
  SELECT format('%s.%s %s %s', table_name, column_name, data_type, is_nullable) AS line
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  ORDER BY 1`;
const shapeOf = async (url: string) => (await query<{ line: string }>(url, SHAPE)).map(({ line }) => line);

describe('migrating', () => {
  it('may be done by several processes at once, and again', async () => {
    const url = await server.createDatabase('at_once');
    await Promise.all([migrate(url), migrate(url), migrate(url)]);
    const after = await shapeOf(url);
    await migrate(url);
    expect(await shapeOf(url)).toEqual(after);
    const ran = await query<{ name: string }>(url, 'SELECT name FROM migration ORDER BY id');
    expect(ran.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name));
    const queues = await query<{ name: string; policy: string }>(
      url,
      'SELECT name, policy FROM pgboss.queue ORDER BY name',
    );
    expect(queues.filter(({ name }) => !name.startsWith('__'))).toEqual([
      { name: 'advance-batch', policy: 'short' },
      { name: 'correct-technically', policy: 'short' },
      { name: 'plan-batches', policy: 'short' },
      { name: 'recalculate-deadlines', policy: 'short' },
      { name: 'track-interactive', policy: 'short' },
    ]);
  });

  it('can be undone to nothing and done again', async () => {
    const url = await server.createDatabase('undone');
    await migrate(url);
    const before = await shapeOf(url);
    const dataSource = await dataSourceOn(url).initialize();
    try {
      for (const _ of MIGRATIONS) await dataSource.undoLastMigration();
    } finally {
      await dataSource.destroy();
    }
    expect((await shapeOf(url)).filter((line) => !line.includes('migration'))).toEqual([]);
    await migrate(url);
    expect(await shapeOf(url)).toEqual(before);
  });

  it('can be undone to before the retries with an invoice that KSeF refused online', async () => {
    const url = await server.createDatabase('one_step');
    await migrate(url);
    const id = '01920000-0000-7000-8000-000000000001';
    // Without foreign keys: no tenant and no document are needed to see what happens to the row.
    await query(
      url,
      `SET session_replication_role = replica;
       INSERT INTO invoice (tenant_id, id, context_type, context_value, seller_nip, kind, number, issue_date,
         form_system_code, form_schema_version, form_value, facts, sha256, size_bytes, state, not_issued_reason,
         refusal, version, received_at)
       VALUES ('${id}', '${id}', 'Nip', '5265877635', '5265877635', 'VAT', '1', '2026-11-20', 'FA (3)', '1-0E', 'FA',
         '{}', sha256('x'), 1, 'not-issued', 'refused', '{"code": 450}', 1, now())`,
    );
    await undoTo(url, DeliveryRetries1795132800006);
    expect(await query(url, 'SELECT state, refusal FROM invoice')).toEqual([{ state: 'not-issued', refusal: null }]);
    await migrate(url);
    expect(await query(url, 'SELECT delivery_attempts, not_before, track_after FROM invoice')).toEqual([
      { delivery_attempts: 0, not_before: null, track_after: null },
    ]);
  });

  it('moves deadlines beside their invoices, once for all that share them, and back', async () => {
    const url = await server.createDatabase('deadlines');
    await migrate(url);
    await undoTo(url, DeadlineEngine1795132800007);
    const id = (last: number) => `01920000-0000-7000-8000-00000000000${String(last)}`;
    const due = '{"kind": "due", "day": "2026-11-23", "basis": "art. 106nda(2)", "explanation": ["Zażółć \\"24\\""]}';
    const dueUntil = `'${due}', 'due', '2026-11-23T22:59:59.999Z'`;
    await query(
      url,
      `SET session_replication_role = replica;
       INSERT INTO tenant (id, name) VALUES ('${id(9)}', 'Sample');
       INSERT INTO invoice (tenant_id, id, context_type, context_value, seller_nip, kind, number, issue_date,
         form_system_code, form_schema_version, form_value, facts, sha256, size_bytes, version, received_at,
         state, mode, mode_evidence, issued_at, kod_i, kod_ii, certificate_serial, channel, batch_id, ksef_number,
         accepted_session_reference, accepted_invoice_reference, invoicing_date, refusal,
         deadline, deadline_kind, deadline_ends_at)
       SELECT '${id(9)}', id::uuid, 'Nip', '5265877635', '5265877635', 'VAT', id, '2026-11-20',
         'FA (3)', '1-0E', 'FA', '{}', sha256('x'), 1, 1, now(), state, mode, '{}', '2026-11-20T11:00:00Z',
         'KOD I', kod_ii, kod_ii, CASE WHEN state <> 'issued' THEN 'batch' END,
         CASE WHEN state <> 'issued' THEN '${id(8)}'::uuid END, number, number, number,
         CASE WHEN state = 'complete' THEN now() END, CASE WHEN state = 'blocked' THEN '{}'::jsonb END,
         deadline::jsonb, deadline_kind, ends_at::timestamptz
       FROM (VALUES
         ('${id(0)}', 'complete', 'offline24', 'code', 'KSeF number', ${dueUntil}),
         ('${id(1)}', 'issued', 'offline24', 'code', NULL, ${dueUntil}),
         ('${id(2)}', 'blocked', 'emergency', 'code', NULL, '{"kind": "none"}', 'none', NULL),
         ('${id(3)}', 'in-session', 'online', NULL, NULL, NULL, NULL, NULL)
       ) AS sample (id, state, mode, kod_ii, number, deadline, deadline_kind, ends_at)`,
    );
    const before = await query(url, 'SELECT * FROM invoice ORDER BY id');
    await migrate(url);
    const terms = `
      SELECT right(invoice_id::text, 1) AS id, waits_for, term.kind, term.ends_at, mode,
        value -> 'deadline' AS deadline
      FROM invoice_term AS term LEFT JOIN deadline_value AS known USING (tenant_id, digest) ORDER BY invoice_id`;
    const deadline: unknown = JSON.parse(due);
    const ofDue = { kind: 'due', ends_at: new Date('2026-11-23T22:59:59.999Z'), mode: 'offline24', deadline };
    expect(await query(url, terms)).toEqual([
      { id: '0', waits_for: null, ...ofDue },
      { id: '1', waits_for: 'sending', ...ofDue },
      { id: '2', waits_for: 'acceptance', kind: 'none', ends_at: null, mode: 'emergency', deadline: { kind: 'none' } },
    ]);
    expect(await query(url, 'SELECT count(*)::integer FROM deadline_value')).toEqual([{ count: 2 }]);
    await undoTo(url, DeadlineEngine1795132800007);
    expect(await query(url, 'SELECT * FROM invoice ORDER BY id')).toEqual(before);
    await migrate(url);
    expect(await query(url, terms)).toHaveLength(3);
  });

  it('keeps the audit of policies when it is undone, and refuses to forget a total failure', async () => {
    const url = await server.createDatabase('total_failure');
    await migrate(url);
    const id = '01920000-0000-7000-8000-000000000001';
    await query(
      url,
      `SET session_replication_role = replica;
       INSERT INTO audit_entry (tenant_id, at, actor, action, subject_kind, subject_id, facts, sha256)
       VALUES ('${id}', now(), 'api-key:1', 'policy.changed', 'policy', 'saturday', '{}', sha256('x'))`,
    );
    await undoTo(url, DeadlineEngine1795132800007);
    expect(await query(url, 'SELECT subject_kind FROM audit_entry')).toEqual([{ subject_kind: 'policy' }]);
    await migrate(url);
    await query(
      url,
      `SET session_replication_role = replica;
       INSERT INTO invoice (tenant_id, id, context_type, context_value, seller_nip, kind, number, issue_date,
         form_system_code, form_schema_version, form_value, facts, sha256, size_bytes, version, received_at,
         state, mode, mode_evidence, issued_at, kod_i, kod_ii, certificate_serial)
       VALUES ('${id}', '${id}', 'Nip', '5265877635', '5265877635', 'VAT', '1', '2026-11-20', 'FA (3)', '1-0E', 'FA',
         '{}', sha256('x'), 1, 1, now(), 'issued', 'total-failure', '{}', now(), 'KOD I', 'KOD II', 'serial')`,
    );
    await expect(undoTo(url, DeadlineEngine1795132800007)).rejects.toThrow('invoice_mode_check');
    expect(await query(url, 'SELECT mode FROM invoice')).toEqual([{ mode: 'total-failure' }]);
  });

  it('says that the database cannot be reached, without its password', async () => {
    const url = 'postgres://someone:TOP-SECRET@127.0.0.1:1/none';
    const error: unknown = await migrate(url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'DatabaseError' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error as object))).not.toContain('TOP-SECRET');
  });
});

describe('opening', () => {
  it('refuses a database that was not migrated', async () => {
    const url = await server.createDatabase('empty');
    await expect(openPersistence({ databaseUrl: url, poolSize: 1 })).rejects.toThrow();
    const left = await query(
      url,
      "SELECT FROM pg_stat_activity WHERE datname = 'empty' AND application_name = 'latarnik'",
    );
    expect(left).toEqual([]);
  });
});

describe('the tables', () => {
  let url: string;
  beforeAll(async () => {
    url = await server.createDatabase('tables');
    await migrate(url);
  });

  it('have the columns, with the types, that the records declare', async () => {
    const columns = await query<{ key: string; type: string }>(
      url,
      `SELECT table_name || '.' || column_name AS key, data_type AS type
       FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    const types = new Map(columns.map(({ key, type }) => [key, type]));
    const dataSource = await dataSourceOn(url).initialize();
    const declared = dataSource.entityMetadatas.flatMap((table) =>
      table.columns.map((column) => {
        const type = column.transformer === INSTANT.transformer ? 'timestamp with time zone' : String(column.type);
        return [`${table.tableName}.${column.databaseName}`, type] as const;
      }),
    );
    await dataSource.destroy();
    expect(declared.length).toBeGreaterThan(80);
    expect(declared.map(([key]) => [key, types.get(key)])).toEqual(declared);
  });

  const SHARED = [
    ...['tenant', 'bulletin', 'connection', 'migration', 'invoice_transition', 'batch_transition'],
    'batch_part_transition',
    'enrolment_transition',
    'interactive_session_transition',
    'call_attempt_transition',
    'second_delivery_transition',
    'technical_correction_transition',
    'drill_transition',
    // Limits and windows of calls are a context's at KSeF, whoever uses it.
    ...['ksef_call_counter', 'ksef_call', 'ksef_limits'],
    // Of the platform, and of clients by address.
    ...['platform_key', 'request_bucket'],
    // A request without a tenant concerns all.
    'recalculation_request',
  ];

  it('carry the tenant in every row that is not shared, first in the key', async () => {
    const keys = await query<{ table: string; first: string }>(
      url,
      `SELECT conrelid::regclass::text AS table, attname AS first
       FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
       WHERE contype = 'p' AND connamespace = 'public'::regnamespace`,
    );
    const owned = keys.filter(({ table }) => !SHARED.includes(table));
    expect(owned.length).toBeGreaterThan(45);
    expect(owned.filter(({ first }) => first !== 'tenant_id')).toEqual([]);
  });

  it('never point from one tenant to another', async () => {
    const foreign = await query<{ definition: string }>(
      url,
      `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
       WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
    );
    expect(foreign.length).toBeGreaterThan(10);
    // Windows of calls belong to a context at KSeF, whoever's calls they are.
    const loose = foreign.filter(
      ({ definition }) =>
        !/^FOREIGN KEY \(tenant_id[,)].* REFERENCES \w+\((tenant_id,|id\))/.test(definition) &&
        !definition.includes(' REFERENCES ksef_call_counter('),
    );
    expect(loose).toEqual([]);
  });
});
