import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { DatabaseError, withoutValues } from './database/database-error.js';
import { createDataSource } from './database/data-source.js';
import { JOB_KINDS, QUEUE_POLICY, QUEUE_SCHEMA, QUEUE_SETTINGS } from './jobs/queues.js';
import { MIGRATIONS } from './migrations/migrations.js';

/** Whoever holds this lock migrates; an arbitrary number of our own. */
const LOCK = 7_265_104_411;
const APPLICATION_NAME = 'latarnik-migrate';
const CONNECT_TIMEOUT_MS = 10_000;

/** Again each time: a new version of the queue may bring new tables. The API only hands jobs in. */
const QUEUE_GRANTS = `
  GRANT USAGE ON SCHEMA ${QUEUE_SCHEMA} TO latarnik_api, latarnik_worker;
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${QUEUE_SCHEMA} TO latarnik_worker;
  GRANT SELECT ON ${QUEUE_SCHEMA}.version, ${QUEUE_SCHEMA}.queue TO latarnik_api;
  DO $$
  DECLARE
    jobs regclass;
  BEGIN
    FOR jobs IN SELECT '${QUEUE_SCHEMA}.job'::regclass
      UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = '${QUEUE_SCHEMA}.job'::regclass
    LOOP
      EXECUTE format('GRANT SELECT, INSERT ON %s TO latarnik_api', jobs);
    END LOOP;
  END $$`;

/**
 * Brings the schema, the queue's schema and its queues to this version. Safe to repeat, and safe when several
 * processes begin at once: one does it, the others wait for it. Runs as the owner of the database, who may create roles
 * or finds them made (docs/adr/0025); API and worker run as logins of `latarnik_api` and `latarnik_worker`.
 *
 * @throws DatabaseError; migrations that had run stay, the one that failed left nothing
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const lock = new pg.Client({
    connectionString: databaseUrl,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  let lost: Error | undefined;
  lock.on('error', (error) => {
    lost = error;
  });
  try {
    await lock.connect();
    await lock.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await migrateTables(databaseUrl);
    await migrateQueues(databaseUrl);
    await lock.query(QUEUE_GRANTS);
    if (lost !== undefined) throw new DatabaseError('the connection that held the migration lock was lost');
  } catch (error) {
    throw withoutValues(error);
  } finally {
    await lock.end().catch(() => undefined);
  }
}

async function migrateTables(databaseUrl: string): Promise<void> {
  const dataSource = createDataSource({
    databaseUrl,
    poolSize: 1,
    applicationName: APPLICATION_NAME,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    onIdleConnectionError: () => undefined,
    migrations: MIGRATIONS,
  });
  await dataSource.initialize();
  try {
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await dataSource.destroy();
  }
}

async function migrateQueues(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    application_name: APPLICATION_NAME,
    schema: QUEUE_SCHEMA,
    max: 1,
    supervise: false,
    schedule: false,
  });
  let failed: Error | undefined;
  boss.on('error', (error) => {
    failed = error;
  });
  await boss.start();
  try {
    for (const kind of JOB_KINDS) {
      await boss.createQueue(kind, { ...QUEUE_SETTINGS, policy: QUEUE_POLICY });
      await boss.updateQueue(kind, QUEUE_SETTINGS);
    }
  } finally {
    await boss.stop({ graceful: false });
  }
  if (failed !== undefined) throw failed;
}
