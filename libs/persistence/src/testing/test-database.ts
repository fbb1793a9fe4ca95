import {
  PORTS,
  type ApiKeys,
  type CallBudget,
  type JobSource,
  type KsefLimitsBook,
  type RequestBudget,
  type SealedBoxes,
  type TenantDirectory,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@latarnik/embedded-postgres';
import { Container } from 'inversify';
import pg from 'pg';
import { migrate } from '../migrate.js';
import { openPersistence, type Persistence, type PersistenceOptions } from '../open-persistence.js';
import { aTenantId, CONTEXT, nextId, OTHER_CONTEXT } from './samples.js';

/** A migrated database on a server of its own, the adapter open on it, and a direct connection beside it. */
export class TestDatabase {
  private constructor(
    private readonly server: EmbeddedPostgres,
    /** Of the superuser. */
    readonly url: string,
    /** Of a login with the rights of API and worker, and no others. */
    readonly appUrl: string,
    private readonly persistence: Persistence,
    private readonly container: Container,
    private readonly client: pg.Client,
  ) {}

  static async start(options: Partial<PersistenceOptions> = {}): Promise<TestDatabase> {
    const server = await startEmbeddedPostgres({ durable: false });
    try {
      const url = await server.createDatabase('latarnik');
      await setOddTimeZone(url);
      await migrate(url);
      const appUrl = await createLogin(url, 'latarnik_test', ['latarnik_api', 'latarnik_worker']);
      const persistence = await openPersistence({ databaseUrl: appUrl, poolSize: 5, ...options });
      const container = new Container();
      container.load(persistence.module);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return new TestDatabase(server, url, appUrl, persistence, container, client);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get unitOfWork(): UnitOfWork {
    return this.container.get<UnitOfWork>(PORTS.unitOfWork);
  }

  get apiKeys(): ApiKeys {
    return this.container.get<ApiKeys>(PORTS.apiKeys);
  }

  get directory(): TenantDirectory {
    return this.container.get<TenantDirectory>(PORTS.tenantDirectory);
  }

  get sealedBoxes(): SealedBoxes {
    return this.container.get<SealedBoxes>(PORTS.sealedBoxes);
  }

  get callBudget(): CallBudget {
    return this.container.get<CallBudget>(PORTS.callBudget);
  }

  get requestBudget(): RequestBudget {
    return this.container.get<RequestBudget>(PORTS.requestBudget);
  }

  get ksefLimitsBook(): KsefLimitsBook {
    return this.container.get<KsefLimitsBook>(PORTS.ksefLimitsBook);
  }

  get jobSource(): JobSource {
    return this.container.get<JobSource>(PORTS.jobSource);
  }

  /** A new tenant with both sample contexts. */
  async aTenant(): Promise<TenantId> {
    const id = aTenantId();
    const contexts = [CONTEXT, OTHER_CONTEXT].map((identifier) => ({ id: nextId(), identifier, name: 'Sample' }));
    await this.directory.create({ id, name: 'Sample', contexts, apiKeys: [] });
    return id;
  }

  /** Straight SQL, as somebody who passes the adapter by would send it. */
  async sql<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, values)).rows;
  }

  /** Straight SQL with triggers and foreign keys off: for rows in states that only a long story leads to. CHECKs hold. */
  async force(text: string, values: unknown[] = []): Promise<void> {
    await this.sql('SET session_replication_role = replica');
    try {
      await this.sql(text, values);
    } finally {
      await this.sql('SET session_replication_role = DEFAULT');
    }
  }

  /** The database's clock from now on runs ahead by this much. */
  async passTime(seconds: number): Promise<void> {
    await this.sql(`CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
      RETURN clock_timestamp() + make_interval(secs => ${String(seconds)})`);
  }

  async stop(): Promise<void> {
    await this.client.end();
    await this.persistence.close();
    await this.server.stop();
  }
}

/** @returns the URL of a login that has the rights of these roles, and no others */
export async function createLogin(url: string, name: string, roles: readonly string[]): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE ROLE ${name} LOGIN PASSWORD 'for tests' IN ROLE ${roles.join(', ')}`);
  } finally {
    await client.end();
  }
  return Object.assign(new URL(url), { username: name, password: 'for tests' }).href;
}

/** Half an hour off every whole-hour zone: a day or a moment that slips is seen. */
async function setOddTimeZone(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("ALTER DATABASE latarnik SET timezone = 'Asia/Kolkata'");
  await client.end();
}

/** Looks again and again until it holds; fails with the test's own time limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
