import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TenantId } from '@latarnik/domain';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@latarnik/embedded-postgres';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource } from './data-source.js';
import { DatabaseError } from './database-error.js';
import { Transactions, type Transaction } from './transactions.js';

const TENANT = '01920000-0000-7000-8000-000000000001' as TenantId;

let server: EmbeddedPostgres;
let dataSource: DataSource;
let transactions: Transactions;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ durable: false });
  dataSource = createDataSource({
    databaseUrl: server.url,
    poolSize: 3,
    applicationName: 'test',
    connectTimeoutMs: 5_000,
    answerTimeoutMs: 5_000,
    onIdleConnectionError: () => undefined,
  });
  await dataSource.initialize();
  transactions = new Transactions(dataSource, { statementTimeoutMs: 1_000, idleInTransactionTimeoutMs: 60_000 });
  await transactions.run(undefined, ({ sql }) =>
    sql('CREATE TABLE thing (id integer PRIMARY KEY, secret text NOT NULL CHECK (secret <> $$no$$))'),
  );
  await transactions.run(undefined, ({ sql }) => sql("INSERT INTO thing VALUES (1, 'a'), (2, 'b')"));
});
afterAll(async () => {
  await dataSource.destroy();
  await server.stop();
});

const count = async (where: string) => {
  const { rows } = await transactions.run(undefined, ({ sql }) =>
    sql<{ n: string }>(`SELECT count(*) AS n FROM thing WHERE ${where}`),
  );
  return Number(rows[0]?.n);
};
const raise =
  (code: string) =>
  ({ sql }: Transaction) =>
    sql(`DO $$ BEGIN RAISE EXCEPTION 'made' USING ERRCODE = '${code}'; END $$`);

describe('a transaction', () => {
  it('is committed with what it returns, and rolled back when the work throws', async () => {
    const work =
      (id: number, thrown?: Error) =>
      async ({ sql }: Transaction) => {
        await sql('INSERT INTO thing VALUES ($1, $2)', [id, 'x']);
        if (thrown !== undefined) throw thrown;
        return 'done';
      };
    expect(await transactions.run(undefined, work(10))).toBe('done');
    const mine = new Error('of the work');
    await expect(transactions.run(undefined, work(11, mine))).rejects.toBe(mine);
    expect([await count('id = 10'), await count('id = 11')]).toEqual([1, 0]);
  });

  it('knows its tenant, and the next one on the same connection does not', async () => {
    const setting = ({ sql }: Transaction) =>
      sql<{ id: string }>("SELECT current_setting('latarnik.tenant_id') AS id, pg_backend_pid() AS pid");
    const first = await transactions.run(TENANT, setting);
    const others = [await transactions.run(undefined, setting), await transactions.run(undefined, setting)];
    expect(first.rows[0]).toMatchObject({ id: TENANT });
    expect(others.map(({ rows }) => rows[0]?.id)).toEqual(['', '']);
  });

  it('is never reported as committed after a statement failed, whatever the work made of it', async () => {
    const running = transactions.run(undefined, async ({ sql }) => {
      await sql("INSERT INTO thing VALUES (20, 'x')");
      await sql("INSERT INTO thing VALUES (20, 'x')").catch(() => undefined);
      return 'looks fine';
    });
    await expect(running).rejects.toMatchObject({ name: 'DatabaseError', sqlState: '23505' });
    expect(await count('id = 20')).toBe(0);
  });

  it('is not reported as committed either when nobody waited for the statement that failed', async () => {
    const running = transactions.run(undefined, async ({ sql }) => {
      await sql("INSERT INTO thing VALUES (21, 'x')");
      sql("INSERT INTO thing VALUES (21, 'x')").catch(() => undefined);
      return 'looks fine';
    });
    await expect(running).rejects.toMatchObject({ name: 'DatabaseError', sqlState: '23505' });
    expect(await count('id = 21')).toBe(0);
  });

  it('sends nothing after its end', async () => {
    let late: Transaction['sql'] | undefined;
    await transactions.run(undefined, ({ sql }) => {
      late = sql;
      return Promise.resolve();
    });
    await expect(late?.("INSERT INTO thing VALUES (22, 'x')")).rejects.toThrow('after the end of its transaction');
    expect(await count('id = 22')).toBe(0);
  });

  it('that belongs to no tenant does nothing when it could not begin', async () => {
    const createQueryRunner = () => {
      const runner = dataSource.createQueryRunner();
      const query = runner.query.bind(runner) as (text: string, ...rest: unknown[]) => Promise<never>;
      runner.query = (text: string, ...rest: unknown[]) =>
        query(text === 'START TRANSACTION' ? 'SELECT 1/0' : text, ...rest);
      return runner;
    };
    const unlucky = Object.create(dataSource, { createQueryRunner: { value: createQueryRunner } }) as DataSource;
    const limits = { statementTimeoutMs: 1_000, idleInTransactionTimeoutMs: 60_000 };
    const running = new Transactions(unlucky, limits).run(undefined, ({ sql }) =>
      sql("INSERT INTO thing VALUES (23, 'x')"),
    );
    await expect(running).rejects.toMatchObject({ name: 'DatabaseError', sqlState: '22012' });
    expect(await count('id = 23')).toBe(0);
  });

  it('without a connection to run on fails as one that PostgreSQL did not answer', async () => {
    const one = createDataSource({
      ...{ databaseUrl: server.url, poolSize: 1, applicationName: 'test', connectTimeoutMs: 100 },
      onIdleConnectionError: () => undefined,
    });
    await one.initialize();
    const limits = { statementTimeoutMs: 1_000, idleInTransactionTimeoutMs: 60_000 };
    const onOne = new Transactions(one, limits);
    try {
      await onOne.run(undefined, async ({ sql }) => {
        await sql('SELECT 1');
        await expect(onOne.run(undefined, () => Promise.resolve())).rejects.toBeInstanceOf(DatabaseError);
      });
    } finally {
      await one.destroy();
    }
  });

  it('ends with its statement when that runs too long', async () => {
    await expect(transactions.run(undefined, ({ sql }) => sql('SELECT pg_sleep(30)'))).rejects.toMatchObject({
      sqlState: '57014',
    });
  });

  it('leaves the parsers of pg to others', async () => {
    const { rows } = await transactions.run(undefined, ({ sql }) =>
      sql<{ at: string; day: string }>(
        "SELECT timestamptz '2026-11-20 12:00:00.123456Z' AS at, date '2026-11-20' AS day",
      ),
    );
    expect(typeof rows[0]?.at).toBe('string');
    expect(rows[0]?.day).toBe('2026-11-20');
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const other = await client.query<{ at: unknown }>('SELECT now() AS at');
    await client.end();
    expect(other.rows[0]?.at).toBeInstanceOf(Date);
  });
});

describe('a conflict', () => {
  it.each(['40001', '40P01'])('of kind %s is repeated until it goes through', async (code) => {
    let attempts = 0;
    const result = await transactions.run(undefined, async (transaction) => {
      attempts += 1;
      if (attempts <= 3) await raise(code)(transaction);
      return attempts;
    });
    expect(result).toBe(4);
  });

  it('is given up after three repeats', async () => {
    let attempts = 0;
    const running = transactions.run(undefined, (transaction) => {
      attempts += 1;
      return raise('40001')(transaction);
    });
    await expect(running).rejects.toMatchObject({ sqlState: '40001' });
    expect(attempts).toBe(4);
  });

  it('of another kind is not repeated', async () => {
    let attempts = 0;
    const running = transactions.run(undefined, (transaction) => {
      attempts += 1;
      return raise('23514')(transaction);
    });
    await expect(running).rejects.toBeInstanceOf(DatabaseError);
    expect(attempts).toBe(1);
  });

  it('of two transactions that lock in opposite order ends with both done', async () => {
    let arrived = 0;
    let open: () => void = () => undefined;
    const bothHoldOne = new Promise<void>((resolve) => (open = resolve));
    let attempts = 0;
    const update = (first: number, second: number, mark: string) =>
      transactions.run(undefined, async ({ sql }) => {
        attempts += 1;
        await sql('UPDATE thing SET secret = secret || $2 WHERE id = $1', [first, mark]);
        arrived += 1;
        if (arrived === 2) open();
        await bothHoldOne;
        await sql('UPDATE thing SET secret = secret || $2 WHERE id = $1', [second, mark]);
      });
    // A deadlock is looked for after deadlock_timeout, 1 s, which is also the statement timeout here.
    const patient = new Transactions(dataSource, { statementTimeoutMs: 20_000, idleInTransactionTimeoutMs: 60_000 });
    const impatient = transactions;
    transactions = patient;
    await Promise.all([update(1, 2, 'X'), update(2, 1, 'Y')]);
    transactions = impatient;
    const { rows } = await transactions.run(undefined, ({ sql }) =>
      sql<{ secret: string }>('SELECT secret FROM thing WHERE id IN (1, 2)'),
    );
    for (const { secret } of rows) expect(secret).toMatch(/^.(XY|YX)$/);
    expect(attempts).toBe(3);
  });
});

describe('a lost connection', () => {
  const killFrom = async (pid: number) => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
    await client.end();
  };

  it('is not repeated, not even at commit, and does not harm the pool', async () => {
    for (let round = 0; round < 4; round++) {
      let attempts = 0;
      const running = transactions.run(undefined, async ({ sql }) => {
        attempts += 1;
        const { rows } = await sql<{ pid: number }>(
          'INSERT INTO thing VALUES ($1, $2) RETURNING pg_backend_pid() AS pid',
          [30, 'x'],
        );
        await killFrom(rows[0]!.pid);
      });
      await expect(running).rejects.toBeInstanceOf(DatabaseError);
      expect(attempts).toBe(1);
    }
    expect(await count('id = 30')).toBe(0);
  });
});

describe('an error', () => {
  it.each([
    ["INSERT INTO thing VALUES (40, 'no')", '23514', 'thing_secret_check'],
    ["INSERT INTO thing VALUES (1, 'TOP-SECRET')", '23505', 'thing_pkey'],
  ])('names the rule that %s broke', async (text, sqlState, constraint) => {
    const running = transactions.run(undefined, ({ sql }) => sql(text));
    await expect(running).rejects.toMatchObject({ sqlState, constraint });
  });

  it('never quotes a value', async () => {
    const statements = [
      'INSERT INTO thing VALUES (1, $1)',
      'SELECT $1::uuid',
      'SELECT $1::jsonb',
      'INSERT INTO thing VALUES (50, $1), (51, NULL)',
    ];
    for (const statement of statements) {
      const error: unknown = await transactions
        .run(undefined, ({ sql }) => sql(statement, ['TOP-SECRET']))
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DatabaseError);
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('TOP-SECRET');
      expect((error as Error).cause).toBeUndefined();
    }
  });
});
