import { startEmbeddedPostgres, type EmbeddedPostgres } from '@latarnik/embedded-postgres';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { Child } from './child.js';
import { ownFile } from './own-file.js';
import { INSTRUMENTS } from './instruments.js';

const TEMPLATE = 'chaos_template';
const KILLED_AFTER_MIGRATIONS = 3;

/** Of one database. */
export interface DatabaseUrls {
  /** Of the superuser. */
  readonly judge: string;
  readonly api: string;
  readonly worker: string;
}

/** One PostgreSQL for all seeds, a database for each. */
export class Cluster {
  private constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly logins: Readonly<Record<'api' | 'worker', string>>,
  ) {}

  /**
   * Migrates a template database. Its first process is killed between two migrations, and a second one goes on
   * (crash point X.migrationStep).
   * @param directory for logs
   */
  static async start(directory: string): Promise<Cluster> {
    const postgres = await startEmbeddedPostgres({ durable: false });
    try {
      const url = await postgres.createDatabase(TEMPLATE);
      const migrations = await killMidway(url, directory);
      await migrateToTheEnd(url, directory);
      await withClient(url, async (client) => {
        const done = await migrationsDone(client);
        if (done < migrations) throw new Error('migrations were lost by the kill');
        await client.query(INSTRUMENTS);
      });
      const [api, worker] = [
        await postgres.createLogin(url, ['latarnik_api']),
        await postgres.createLogin(url, ['latarnik_worker']),
      ];
      return new Cluster(postgres, { api, worker });
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  }

  /** A fresh copy of the migrated template, as the judge, the API and the workers reach it. */
  async create(name: string): Promise<DatabaseUrls> {
    await withClient(this.postgres.url, (client) =>
      client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${TEMPLATE}`),
    );
    const [judge, api, worker] = [this.postgres.url, this.logins.api, this.logins.worker].map(
      (url) => Object.assign(new URL(url), { pathname: `/${name}` }).href,
    ) as [string, string, string];
    return { judge, api, worker };
  }

  async drop(name: string): Promise<void> {
    await withClient(this.postgres.url, (client) =>
      client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`),
    );
  }

  stop(): Promise<void> {
    return this.postgres.stop();
  }
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** @returns how many migrations were committed when it died */
async function killMidway(url: string, directory: string): Promise<number> {
  const child = migrating(url, directory);
  return withClient(url, async (client) => {
    const running = child.run();
    while (child.isRunning && (await migrationsDone(client)) < KILLED_AFTER_MIGRATIONS) await pause(2);
    await child.kill();
    await running;
    return migrationsDone(client);
  });
}

async function migrateToTheEnd(url: string, directory: string): Promise<void> {
  const code = await migrating(url, directory).run();
  if (code !== 0) throw new Error(`migrating ended with ${String(code)}; see ${directory}/migrate.log`);
}

const migrating = (url: string, directory: string): Child =>
  new Child({ name: 'migrate', file: ownFile('world/migrate-child.js'), env: { DATABASE_URL: url }, directory });

async function migrationsDone(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('public.migration') IS NOT NULL AS there`,
  );
  if (rows[0]?.there !== true) return 0;
  const { rows: counted } = await client.query<{ count: number }>('SELECT count(*)::integer AS count FROM migration');
  return counted[0]?.count ?? 0;
}
