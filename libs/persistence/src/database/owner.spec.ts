import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@latarnik/embedded-postgres';
import pg from 'pg';
import { migrate } from '../migrate.js';
import { MIGRATIONS } from '../migrations/migrations.js';
import { openPersistence } from '../open-persistence.js';
import { createDataSource } from './data-source.js';

let server: EmbeddedPostgres;
beforeAll(async () => {
  server = await startEmbeddedPostgres({ durable: false });
});
afterAll(() => server.stop());

async function ask<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Down to the state before row security. */
async function undoSecurity(url: string): Promise<void> {
  const count = MIGRATIONS.length - MIGRATIONS.findIndex(({ name }) => name.startsWith('DatabaseSecurity'));
  const dataSource = await createDataSource({
    ...{ databaseUrl: url, poolSize: 1, applicationName: 'test', connectTimeoutMs: 5_000, migrations: MIGRATIONS },
    onIdleConnectionError: () => undefined,
  }).initialize();
  try {
    for (let step = 0; step < count; step++) await dataSource.undoLastMigration();
  } finally {
    await dataSource.destroy();
  }
}

describe('the owner of a database', () => {
  it('who may not create roles is told which is missing, and what an administrator has to run', async () => {
    const url = await server.createDatabase('first');
    const owner = await server.createOwner(url, 'first_owner');
    await ask(url, 'ALTER ROLE first_owner NOCREATEROLE');

    const error = await migrate(owner).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'DatabaseError', sqlState: 'LA010' });
    const { message } = error as Error;
    expect(message).toContain('role latarnik_api does not exist and first_owner may not create it');

    // What it says to run is enough.
    await ask(url, message.slice(message.indexOf('CREATE ROLE latarnik_api')));
    await migrate(owner);
    expect(await ask(url, "SELECT FROM migration WHERE name LIKE 'DatabaseSecurity%'")).toHaveLength(1);
  });

  it('needs not be a superuser, and sees no tenant either when it has set none', async () => {
    const url = await server.createDatabase('second');
    const owner = await server.createOwner(url, 'second_owner');
    await ask(url, 'GRANT latarnik_across TO second_owner WITH INHERIT FALSE, SET TRUE');
    await migrate(owner);
    await ask(url, "INSERT INTO tenant (id, name) VALUES ('01920000-0000-7000-8000-000000000001', 'Sample')");
    expect(await ask(owner, 'SELECT FROM tenant')).toEqual([]);
    expect(await ask(url, 'SELECT FROM tenant')).toHaveLength(1);

    await migrate(owner);
    await ask(url, 'GRANT latarnik_across TO second_owner WITH ADMIN TRUE');
    await undoSecurity(owner);
    expect(await ask(owner, 'SELECT FROM tenant')).toHaveLength(1);
    await migrate(owner);
    expect(await ask(owner, 'SELECT FROM tenant')).toEqual([]);
  });

  it('migrates beside those of other databases, who make the same roles', async () => {
    const other = await startEmbeddedPostgres({ durable: false });
    try {
      const urls = await Promise.all(['a', 'b', 'c'].map((name) => other.createDatabase(name)));
      await Promise.all(urls.map((url) => migrate(url)));
      for (const url of urls) {
        expect(await ask(url, "SELECT FROM migration WHERE name LIKE 'DatabaseSecurity%'")).toHaveLength(1);
      }
    } finally {
      await other.stop();
    }
  });

  it('is told of a role that passes policies by', async () => {
    const url = await server.createDatabase('third');
    await ask(url, 'ALTER ROLE latarnik_worker BYPASSRLS');
    try {
      await expect(migrate(url)).rejects.toThrow('role latarnik_worker has more rights than it may have');
    } finally {
      await ask(url, 'ALTER ROLE latarnik_worker NOBYPASSRLS');
    }
  });
});

describe('opening tells why row-level security does not hold', () => {
  const told = async (databaseUrl: string): Promise<readonly string[]> => {
    const whys: string[] = [];
    const options = { databaseUrl, poolSize: 1, queue: false as const };
    await (await openPersistence({ ...options, onUnsafeRole: (why) => whys.push(why) })).close();
    return whys;
  };
  let url: string;
  let owner: string;
  beforeAll(async () => {
    url = await server.createDatabase('opened');
    owner = await server.createOwner(url, 'opened_owner');
    await ask(url, 'GRANT latarnik_across TO opened_owner WITH INHERIT FALSE, SET TRUE');
    await migrate(owner);
  });

  it('a superuser, an owner, and one who passes policies by', async () => {
    expect(await told(url)).toEqual([expect.stringContaining('is a superuser')]);
    expect(await told(owner)).toEqual([
      expect.stringMatching(/role opened_owner owns the tables, is a member of latarnik_across/),
    ]);
    const login = await server.createLogin(url, ['latarnik_worker']);
    await ask(url, 'ALTER ROLE login_of_latarnik_worker BYPASSRLS');
    expect(await told(login)).toEqual([expect.stringContaining('BYPASSRLS')]);
    await ask(url, 'ALTER ROLE login_of_latarnik_worker NOBYPASSRLS');
    expect(await told(login)).toEqual([]);
  });

  it('and is ended by what the one who is told throws', async () => {
    const refuse = (why: string) => {
      throw new Error(`refused: ${why}`);
    };
    const opening = openPersistence({ databaseUrl: url, poolSize: 1, queue: false, onUnsafeRole: refuse });
    await expect(opening).rejects.toThrow(/^refused: the database role \w+ is a superuser/);
  });
});
