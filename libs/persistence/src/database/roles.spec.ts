import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { TenantId } from '@latarnik/domain';
import { Container } from 'inversify';
import { PORTS, type JobSource, type UnitOfWork } from '@latarnik/domain';
import { openPersistence } from '../open-persistence.js';
import { Stage } from '../testing/stage.js';
import { createLogin, until } from '../testing/test-database.js';
import { NOON } from '../testing/samples.js';

const stage = Stage.forThisFile();
const ROLES = ['latarnik_api', 'latarnik_worker', 'latarnik_auditor'] as const;
type Role = (typeof ROLES)[number];
const urls = new Map<Role, string>();
const clients = new Map<Role, pg.Client>();

beforeAll(async () => {
  for (const role of ROLES) {
    const url = await createLogin(stage.database.url, `test_${role}`, [role]);
    const client = new pg.Client({ connectionString: url });
    // The server may end first.
    client.on('error', () => undefined);
    await client.connect();
    urls.set(role, url);
    clients.set(role, client);
  }
});
afterAll(() => Promise.all([...clients.values()].map((client) => client.end())));

async function as(role: Role, text: string, tenant: string = stage.tenant): Promise<unknown> {
  const client = clients.get(role);
  if (client === undefined) throw new Error('no client');
  await client.query('BEGIN');
  try {
    await client.query("SELECT set_config('latarnik.tenant_id', $1, true)", [tenant]);
    return (await client.query(text)).rows;
  } catch (error) {
    return String((error as { code?: string }).code);
  } finally {
    await client.query('ROLLBACK');
  }
}
const DENIED = '42501';

describe('audit rows (case 21)', () => {
  it.each(ROLES)('are neither changed nor removed by %s', async (role) => {
    await stage.inTenant(stage.tenant, ({ audit }) =>
      audit.append([{ at: NOON, actor: 'worker', action: 'x', subject: { kind: 'invoice', id: '1' }, facts: {} }]),
    );
    await stage.database.unitOfWork.inSystem(({ auditSeals }) => auditSeals.seal(stage.tenant, 10));
    for (const table of ['audit_entry', 'audit_block', 'audit_unsealed']) {
      expect(await as(role, `UPDATE ${table} SET tenant_id = tenant_id`)).toBe(DENIED);
      expect(await as(role, `DELETE FROM ${table}`)).toBe(DENIED);
      expect(await as(role, `TRUNCATE ${table}`)).toBe(DENIED);
      expect(await as(role, `ALTER TABLE ${table} DISABLE TRIGGER ALL`)).toBe(DENIED);
      expect(await as(role, `DROP TABLE ${table}`)).toBe(DENIED);
    }
    expect(await as(role, 'INSERT INTO audit_block SELECT * FROM audit_block')).toBe(DENIED);
    expect(await as(role, 'SET session_replication_role = replica')).toBe(DENIED);
  });

  it('are neither changed nor removed by their owner either', async () => {
    await expect(stage.database.sql('UPDATE audit_entry SET actor = actor')).rejects.toMatchObject({ code: 'LA001' });
    await expect(stage.database.sql('DELETE FROM audit_block')).rejects.toMatchObject({ code: 'LA001' });
    await expect(stage.database.sql('TRUNCATE audit_entry')).rejects.toMatchObject({ code: 'LA001' });
  });
});

describe('rights', () => {
  it('are none of a superuser, an owner or one who passes policies by, in any role', async () => {
    const rows = await stage.database.sql(
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'latarnik%'
         AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)`,
    );
    expect(rows).toEqual([]);
    const owned = await stage.database.sql(
      `SELECT relname FROM pg_class WHERE relowner IN (SELECT oid FROM pg_roles WHERE rolname LIKE 'latarnik%')`,
    );
    expect(owned).toEqual([]);
    const across = await stage.database.sql(
      `SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'latarnik_across'::regrole`,
    );
    expect(across).toEqual([]);
  });

  it('let the auditor read and never write', async () => {
    const rows = await stage.database.sql<{ table: string }>(
      `SELECT format('%I.%I', nspname, relname) AS table FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE relkind IN ('r', 'p') AND nspname IN ('public', 'pgboss')
         AND (has_table_privilege('latarnik_auditor', pg_class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
           OR has_any_column_privilege('latarnik_auditor', pg_class.oid, 'INSERT, UPDATE, REFERENCES'))`,
    );
    expect(rows).toEqual([]);
    expect(await as('latarnik_auditor', 'SELECT count(*)::integer AS count FROM tenant_context')).toEqual([
      { count: 2 },
    ]);
    expect(await as('latarnik_auditor', 'SELECT count(*) FROM invoice')).toHaveLength(1);
    expect(await as('latarnik_auditor', 'SELECT id, serial, not_after FROM certificate')).toEqual([]);
    expect(await as('latarnik_auditor', 'SELECT sealed_key FROM certificate')).toBe(DENIED);
    expect(await as('latarnik_auditor', 'SELECT sealed_session_key FROM batch')).toBe(DENIED);
    expect(await as('latarnik_auditor', 'SELECT sha256 FROM api_key')).toBe(DENIED);
  });

  it('keep keys from the worker, and tables of states from everybody', async () => {
    expect(await as('latarnik_worker', 'SELECT FROM api_key')).toBe(DENIED);
    for (const role of ROLES) expect(await as(role, 'SELECT FROM platform_key')).toBe(DENIED);
    expect(await as('latarnik_worker', "SELECT FROM authenticate_api_key('x')")).toBe(DENIED);
    for (const role of ROLES) {
      expect(await as(role, "UPDATE invoice_transition SET to_state = 'accepted'")).toBe(DENIED);
      expect(await as(role, 'CREATE TABLE public.mine ()')).toBe(DENIED);
      expect(await as(role, 'SELECT FROM migration')).toBe(DENIED);
    }
  });

  it('let the API only hand jobs in', async () => {
    expect(await as('latarnik_api', 'SELECT FROM pgboss.queue LIMIT 0')).toEqual([]);
    expect(await as('latarnik_api', 'DELETE FROM pgboss.job')).toBe(DENIED);
    expect(await as('latarnik_auditor', 'SELECT FROM pgboss.job')).toBe(DENIED);
  });
});

describe('each role by itself', () => {
  const opened = async (role: Role) => {
    const persistence = await openPersistence({ databaseUrl: urls.get(role) ?? '', poolSize: 2 });
    const container = new Container();
    container.load(persistence.module);
    return { container, persistence, unitOfWork: container.get<UnitOfWork>(PORTS.unitOfWork) };
  };

  it('is enough for the API to hand a job in, and for the worker to do it', async () => {
    const [api, worker] = [await opened('latarnik_api'), await opened('latarnik_worker')];
    const done: string[] = [];
    const source = await worker.container.get<JobSource>(PORTS.jobSource).run((job) => {
      done.push(job.tenant);
      return Promise.resolve();
    });
    try {
      await api.unitOfWork.inTenant(stage.tenant, ({ jobs }) =>
        jobs.enqueue({ kind: 'plan-batches', tenant: stage.tenant }),
      );
      await until(() => done.includes(stage.tenant));
    } finally {
      await source.stop();
      await api.persistence.close();
      await worker.persistence.close();
    }
  });

  it('is enough for the sweeps of the worker, and for none of the API', async () => {
    const [api, worker] = [await opened('latarnik_api'), await opened('latarnik_worker')];
    try {
      const sweep = async ({ unitOfWork }: typeof api) =>
        unitOfWork.inSystem(async (stores) => {
          const { tenants } = stores;
          await Promise.resolve();
          const found = [await tenants.all(), await tenants.withAwaiting(), await tenants.withUnresolvedInteractive()];
          await tenants.withCertificateWork(NOON);
          await tenants.withCorrections();
          await tenants.withDrills();
          await tenants.withoutDrillSince(NOON);
          await stores.recalculations.tenantsPending();
          await stores.hopelessBatches();
          await stores.handBack('nobody');
          await stores.waitingContexts();
          await stores.dueBatches(1);
          await stores.auditSeals.tenantsUnsealed();
          await stores.auditSeals.checkpoints();
          return found[0];
        });
      expect(await sweep(worker)).toContain(stage.tenant);
      await expect(sweep(api)).rejects.toMatchObject({ sqlState: DENIED });
      await expect(api.unitOfWork.inSystem(({ auditSeals }) => auditSeals.seal(stage.tenant, 1))).rejects.toMatchObject(
        { sqlState: DENIED },
      );
    } finally {
      await api.persistence.close();
      await worker.persistence.close();
    }
  });
});

describe('functions that see all tenants', () => {
  it('run as latarnik_across, on a fixed path with temporary tables last, and are nobody else’s to call', async () => {
    const functions = await stage.database.sql(
      `SELECT oid::regprocedure::text AS name, proowner::regrole::text AS owner, proconfig AS settings,
         has_function_privilege('public', oid, 'EXECUTE') AS public
       FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
         AND NOT (proowner = 'latarnik_across'::regrole AND proconfig @> '{"search_path=pg_catalog, public, pg_temp"}'
           AND NOT has_function_privilege('public', oid, 'EXECUTE'))`,
    );
    expect(functions).toEqual([]);
  });

  it('are, for the API, those that authentication and its own start need', async () => {
    const callable = (role: Role) =>
      stage.database.sql<{ name: string }>(
        `SELECT proname AS name FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
           AND has_function_privilege($1, oid, 'EXECUTE') ORDER BY 1`,
        [role],
      );
    expect((await callable('latarnik_api')).map(({ name }) => name)).toEqual([
      'authenticate_api_key',
      'forget_full_buckets',
      'sealed_ids_of_version',
      'take_requests',
      'tenant_exists',
      'tenant_of_request',
      'tenants_page',
    ]);
    expect((await callable('latarnik_auditor')).map(({ name }) => name)).toEqual(['all_tenants']);
  });

  it('are not led astray by a temporary table of the caller', async () => {
    const client = clients.get('latarnik_worker');
    await client?.query('CREATE TEMPORARY TABLE tenant (id uuid)');
    const { rows } = (await client?.query('SELECT tenant_id FROM all_tenants()')) ?? { rows: [] };
    expect(rows).toContainEqual({ tenant_id: stage.tenant });
    await client?.query('DROP TABLE pg_temp.tenant');
  });

  it('say nothing of a tenant but its id, or of a key that was not asked for', async () => {
    expect(await as('latarnik_api', "SELECT * FROM authenticate_api_key(sha256('nobody has this one'))", '')).toEqual(
      [],
    );
    expect(await as('latarnik_api', 'SELECT * FROM all_tenants()', '')).toBe(DENIED);
  });
});

describe('a pool that many tenants share (case 19)', () => {
  const REQUESTS = 10_000;
  const CONNECTIONS = 3;

  it(`leaks no tenant into the next of ${String(REQUESTS)} requests, whatever became of the one before`, async () => {
    const tenants: TenantId[] = [];
    for (let at = 0; at < 20; at++) tenants.push(await stage.freshTenant());
    const persistence = await openPersistence({
      ...{ databaseUrl: urls.get('latarnik_api') ?? '', poolSize: CONNECTIONS, queue: false },
    });
    const container = new Container();
    container.load(persistence.module);
    const unitOfWork = container.get<UnitOfWork>(PORTS.unitOfWork);
    const outcome = { leaks: 0, own: 0, none: 0, failed: 0 };
    const own = await Promise.all(
      tenants.map((tenant) =>
        unitOfWork.inTenant(tenant, async ({ contexts }) => (await contexts.all()).map(({ id }) => id)),
      ),
    );
    const request = async (at: number): Promise<void> => {
      const which = (at * 7919) % tenants.length;
      const [tenant, ids] = [tenants[which], own[which]];
      if (tenant === undefined || ids === undefined) throw new Error('no tenant');
      const isRight = (seen: readonly { readonly id: string }[]) => seen.map(({ id }) => id).join() === ids.join();
      switch (at % 5) {
        case 0:
          // Work that fails in the middle, after it read.
          await unitOfWork
            .inTenant(tenant, async ({ contexts }) => {
              if (!isRight(await contexts.all())) outcome.leaks += 1;
              throw new Error('on purpose');
            })
            .catch(() => (outcome.failed += 1));
          return;
        case 1: {
          // Nobody's: what knows tenants is not there.
          const key = await container
            .get<{ authenticate(sha256: string): Promise<unknown> }>(PORTS.apiKeys)
            .authenticate(Buffer.alloc(32, at).toString('base64'));
          if (key === undefined) outcome.none += 1;
          else outcome.leaks += 1;
          return;
        }
        default: {
          const seen = await unitOfWork.inTenant(tenant, ({ contexts }) => contexts.all());
          if (isRight(seen)) outcome.own += 1;
          else outcome.leaks += 1;
        }
      }
    };
    const waiting = Array.from({ length: REQUESTS }, (_, at) => at);
    const client = async (): Promise<void> => {
      for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) await request(at);
    };
    try {
      await Promise.all(Array.from({ length: 12 }, client));
      expect(outcome).toEqual({ leaks: 0, own: 6000, none: 2000, failed: 2000 });
    } finally {
      await persistence.close();
    }
  }, 180_000);
});
