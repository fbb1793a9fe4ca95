import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@latarnik/embedded-postgres';
import fc from 'fast-check';
import pg from 'pg';
import { migrate } from '../migrate.js';
import { createLogin } from '../testing/test-database.js';

const OWN = '01920000-0000-7000-8000-00000000000a';
const FOREIGN = '01920000-0000-7000-8000-00000000000b';
const LOGINS = ['latarnik_api', 'latarnik_worker', 'latarnik_auditor'] as const;
type Role = (typeof LOGINS)[number];

let server: EmbeddedPostgres;
let root: pg.Client;
let tables: readonly string[];
const clients = new Map<Role, pg.Client>();

/** A row of each tenant in every table that knows tenants: without the constraints that tell what else it must hold. */
const FILL = `
  DO $$
  DECLARE
    entry record;
  BEGIN
    FOR entry IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c', 'p', 'u')
        AND conrelid <> 'tenant'::regclass
      ORDER BY contype = 'f' DESC, contype = 'c' DESC
    LOOP
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', entry.relation, entry.conname);
    END LOOP;
    FOR entry IN SELECT attrelid::regclass AS relation, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'tenant' AND attnum > 0
        AND attnotnull AND attidentity = '' AND NOT attisdropped
    LOOP
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', entry.relation, entry.attname);
    END LOOP;
    -- Policies alone are to answer: guards of tables would, before them.
    FOR entry IN SELECT oid::regclass AS relation FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    LOOP
      EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', entry.relation);
    END LOOP;
    SET session_replication_role = replica;
    INSERT INTO tenant (id, name) VALUES ('${OWN}', 'own'), ('${FOREIGN}', 'foreign');
    FOR entry IN SELECT oid::regclass AS relation FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_id')
    LOOP
      EXECUTE format('INSERT INTO %s (tenant_id) VALUES (%L), (%L), (%L)', entry.relation, '${OWN}', '${FOREIGN}', '${FOREIGN}');
    END LOOP;
    SET session_replication_role = DEFAULT;
  END $$;`;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ durable: false });
  const url = await server.createDatabase('rows');
  await migrate(url);
  root = new pg.Client({ connectionString: url });
  await root.connect();
  const known = await root.query<{ table: string }>(
    `SELECT attrelid::regclass::text AS table FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE attname = 'tenant_id' AND NOT attisdropped AND relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
     ORDER BY 1`,
  );
  tables = known.rows.map(({ table }) => table);
  await root.query(FILL);
  for (const role of LOGINS) {
    const client = new pg.Client({ connectionString: await createLogin(url, `${role}_login`, [role]) });
    await client.connect();
    clients.set(role, client);
  }
});
afterAll(async () => {
  await Promise.all([...clients.values(), root].map((client) => client.end()));
  await server.stop();
});

/** One transaction of that role, as that tenant, that leaves nothing. */
async function attempt(role: Role, tenant: string, text: string): Promise<readonly Record<string, unknown>[] | string> {
  const client = clients.get(role);
  if (client === undefined) throw new Error('no client');
  await client.query('BEGIN');
  try {
    await client.query("SELECT set_config('latarnik.tenant_id', $1, true)", [tenant]);
    return (await client.query<Record<string, unknown>>(text)).rows;
  } catch (error) {
    return String((error as { code?: string }).code);
  } finally {
    await client.query('ROLLBACK');
  }
}

describe('every table that knows tenants', () => {
  it('is protected, whoever made it (S6)', async () => {
    const { rows } = await root.query<{ table: string }>(
      `SELECT oid::regclass::text AS table FROM pg_class
       WHERE relrowsecurity AND relforcerowsecurity AND relnamespace = 'public'::regnamespace
         AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'own_tenant' AND polroles = '{0}'
           AND pg_get_expr(polqual, polrelid) LIKE '%current_tenant()%'
           AND pg_get_expr(polwithcheck, polrelid) LIKE '%current_tenant()%')
       ORDER BY 1`,
    );
    expect(tables.length).toBeGreaterThan(35);
    expect(rows.map(({ table }) => table)).toEqual([...tables, 'tenant'].sort());
  });

  it('has no policy but its own tenant and latarnik_across', async () => {
    const { rows } = await root.query(
      `SELECT polrelid::regclass::text, polname FROM pg_policy
       WHERE polname <> 'own_tenant' AND NOT (polname = 'across_tenants' AND polroles = ARRAY['latarnik_across'::regrole::oid])`,
    );
    expect(rows).toEqual([]);
  });

  it.each(LOGINS)('shows nothing to %s without a tenant, and changes nothing (case 11)', async (role) => {
    for (const table of [...tables, 'tenant']) {
      const seen = await attempt(role, '', `SELECT count(*)::integer AS count FROM ${table}`);
      if (seen !== '42501') expect([table, seen]).toEqual([table, [{ count: 0 }]]);
      const gone = await attempt(role, '', `DELETE FROM ${table} RETURNING 1`);
      if (gone !== '42501') expect([table, gone]).toEqual([table, []]);
    }
  });

  it('shows a tenant its own rows and no others (P15)', async () => {
    const table = fc.constantFrom(...tables);
    const query = fc.oneof(
      table.map((a) => `SELECT tenant_id FROM ${a}`),
      table.map((a) => `SELECT tenant_id FROM ${a} WHERE tenant_id = '${FOREIGN}'`),
      table.map((a) => `SELECT tenant_id FROM ${a} WHERE tenant_id <> '${OWN}' OR true ORDER BY ctid DESC LIMIT 5`),
      table.map((a) => `SELECT max(tenant_id::text) AS tenant_id FROM ${a}`),
      table.map((a) => `SELECT unnest(array_agg(tenant_id)) AS tenant_id FROM ${a}`),
      fc.tuple(table, table).map(([a, b]) => `SELECT b.tenant_id FROM ${a} AS a CROSS JOIN ${b} AS b`),
      fc.tuple(table, table).map(([a, b]) =>
        `SELECT coalesce(a.tenant_id, b.tenant_id) AS tenant_id
        FROM ${a} AS a FULL JOIN ${b} AS b ON a.tenant_id IS DISTINCT FROM b.tenant_id AND false`
          .replace(' AND false', '')
          .replace('IS DISTINCT FROM', '='),
      ),
      fc.tuple(table, table).map(([a, b]) => `SELECT tenant_id FROM ${a} UNION ALL SELECT tenant_id FROM ${b}`),
      fc.tuple(table, table).map(([a, b]) => `SELECT (SELECT max(tenant_id::text) FROM ${a}) AS tenant_id FROM ${b}`),
      fc.tuple(table, table).map(
        ([a, b]) => `WITH other AS MATERIALIZED (SELECT * FROM ${a})
        SELECT other.tenant_id FROM other WHERE EXISTS (SELECT FROM ${b})`,
      ),
      table.map((a) => `UPDATE ${a} SET tenant_id = tenant_id RETURNING tenant_id`),
      table.map((a) => `DELETE FROM ${a} RETURNING tenant_id`),
      table.map((a) => `SELECT tenant_id FROM ${a} FOR UPDATE`),
    );
    const seen = { rows: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(query, fc.constantFrom<Role>('latarnik_api', 'latarnik_worker'), async (text, role) => {
        const rows = await attempt(role, OWN, text);
        if (typeof rows === 'string') {
          // Rights that the role has not; never anything else.
          expect(rows).toBe('42501');
          seen.refused += 1;
          return;
        }
        seen.rows += rows.length;
        const shared = text.includes('recalculation_request') ? [null] : [];
        const allowed: readonly unknown[] = [OWN, ...shared];
        expect(rows.filter(({ tenant_id: tenant }) => tenant !== null && !allowed.includes(tenant))).toEqual([]);
      }),
      { numRuns: 600 },
    );
    expect(seen.rows).toBeGreaterThan(200);
  });

  it('takes no row for another tenant, new or moved', async () => {
    for (const table of tables) {
      for (const role of ['latarnik_api', 'latarnik_worker'] as const) {
        const added = await attempt(role, OWN, `INSERT INTO ${table} (tenant_id) VALUES ('${FOREIGN}')`);
        expect([table, added]).toEqual([table, '42501']);
        const moved = await attempt(role, OWN, `UPDATE ${table} SET tenant_id = '${FOREIGN}'`);
        expect([table, moved]).toEqual([table, '42501']);
      }
    }
  });
});
