import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { access, chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { chooseAccount, refusalToRun, type Account } from './account.js';
import { startEmbeddedPostgres } from './index.js';
import { isRunning, isRunningPostgres } from './running-process.js';
import { startInChild } from './testing/child-start.js';

const AS_OURSELVES: Account = { name: 'the present user', switchTo: undefined };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp('/tmp/embedded-postgres-spec-');
  await chmod(folder, 0o755);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe('a temporary server', () => {
  it('holds databases with exactly the names asked for, in UTF-8, and knows Polish letters', async () => {
    await using server = await startEmbeddedPostgres({ durable: false });
    const url = await server.createDatabase('Zażółć "1"');
    const [row] = await query(
      url,
      `SELECT current_database() AS name, upper('zażółć') AS upper, pg_encoding_to_char(encoding) AS encoding
       FROM pg_database WHERE datname = current_database()`,
    );
    expect(row).toEqual({ name: 'Zażółć "1"', upper: 'ZAŻÓŁĆ', encoding: 'UTF8' });
  });

  it('makes several databases at once, and refuses one that exists or whose name would be cut off', async () => {
    await using server = await startEmbeddedPostgres({ durable: false });
    const urls = await Promise.all(['a', 'b', 'c'].map((name) => server.createDatabase(name)));
    const names = await Promise.all(urls.map((url) => query(url, 'SELECT current_database() AS name')));
    expect(names.flat()).toEqual([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    await expect(server.createDatabase('a')).rejects.toMatchObject({ code: '42P04' });
    await expect(server.createDatabase('x'.repeat(64))).rejects.toThrow(RangeError);
    await expect(server.createDatabase('')).rejects.toThrow(RangeError);
  });

  it('ends with stop, leaves no file behind, and may be stopped again', async () => {
    const server = await startEmbeddedPostgres({ durable: false });
    const [row] = await query<{ place: string }>(server.url, `SELECT current_setting('data_directory') AS place`);
    const place = row?.place ?? '';
    expect(await exists(place)).toBe(true);
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
    expect(await exists(place)).toBe(false);
    await server.stop();
  });

  it('disconnects who is still connected when it stops', async () => {
    const server = await startEmbeddedPostgres({ durable: false });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const disconnected = new Promise<Error>((resolve) => client.on('error', resolve));
    await server.stop();
    expect(await disconnected).toMatchObject({ code: '57P01' });
  });

  it('runs beside another one', async () => {
    const [one, other] = await Promise.all([
      startEmbeddedPostgres({ durable: false }),
      startEmbeddedPostgres({ durable: false }),
    ]);
    await query(one.url, 'CREATE TABLE only_here (id int)');
    expect(await query(one.url, `SELECT to_regclass('only_here')::text AS found`)).toEqual([{ found: 'only_here' }]);
    expect(await query(other.url, `SELECT to_regclass('only_here')::text AS found`)).toEqual([{ found: null }]);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('asks for the password, which no process shows', async () => {
    await using server = await startEmbeddedPostgres({ durable: false });
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    if (process.platform !== 'linux') return;
    const { password } = new URL(server.url);
    const shown = (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => ['cmdline', 'environ'].map((file) => `/proc/${pid}/${file}`))
      .flatMap((path) => {
        try {
          return [readFileSync(path, 'latin1')];
        } catch {
          return []; // ended meanwhile, or not ours to read
        }
      });
    expect(shown.some((text) => text.includes('bin/postgres'))).toBe(true);
    expect(shown.filter((text) => text.includes(password))).toEqual([]);
  });

  it('listens on 127.0.0.1 only', async () => {
    await using server = await startEmbeddedPostgres({ durable: false });
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    expect(await query(server.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(server.url, 'SHOW unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
    if (outside === undefined) return;
    const url = new URL(server.url);
    url.hostname = outside.address;
    await expect(query(url.href, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('gives up durability only when told to', async () => {
    await using fast = await startEmbeddedPostgres({ durable: false });
    await using safe = await startEmbeddedPostgres();
    const settings = `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`;
    expect(await query(fast.url, settings)).toEqual([{ fsync: 'off', commit: 'off' }]);
    expect(await query(safe.url, settings)).toEqual([{ fsync: 'on', commit: 'on' }]);
  });

  it('says that a port is taken', async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    const { port } = occupant.address() as AddressInfo;
    await expect(startEmbeddedPostgres({ port, durable: false })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    await new Promise((resolve) => occupant.close(resolve));
  });
});

describe('a kept data directory', () => {
  it('has its data and its password again after a restart', async () => {
    const first = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    await query(first.url, `CREATE TABLE kept AS SELECT 42 AS answer`);
    await first.stop();
    await using second = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    const { mode } = statSync(join(folder, 'cluster', 'superuser-password'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('recovers after PostgreSQL was killed', async () => {
    const first = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    await query(first.url, `CREATE TABLE kept AS SELECT 42 AS answer`);
    await query(first.url, 'CHECKPOINT');
    process.kill(first.pid, 'SIGKILL');
    await until(async () => !(await isRunningPostgres(first.pid)));
    await first.stop();
    expect(await exists(join(folder, 'cluster', 'postmaster.pid'))).toBe(true);
    await using second = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('starts though its stale lock file names the process id of another program of the same user', async () => {
    const first = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    const lockFile = join(folder, 'cluster', 'postmaster.pid');
    process.kill(first.pid, 'SIGKILL');
    await until(async () => !(await isRunningPostgres(first.pid)));
    const { switchTo } = await chooseAccount(join(folder, 'cluster'));
    const other = spawn('sleep', ['60'], { ...switchTo });
    try {
      const text = await readFile(lockFile, 'utf8');
      await writeFile(lockFile, text.replace(/^\d+/, String(other.pid)));
      await using second = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
      expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      other.kill();
    }
  });

  it('is refused while another server runs on it', async () => {
    await using server = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    await expect(startEmbeddedPostgres({ dataDirectory: folder, durable: false })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_IN_USE',
    });
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('that another attempt left half-made is filled afresh', async () => {
    const leftOver = join(folder, 'initialising-999999999-abc');
    await writeFile(leftOver, '');
    await using server = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await readdir(folder)).toEqual(['cluster']);
  });
});

describe('when the process that started it is killed', () => {
  it('a temporary server ends and its files go', async () => {
    const { child, pid, url } = await startInChild(AS_OURSELVES);
    const [row] = await query<{ place: string }>(url, `SELECT current_setting('data_directory') AS place`);
    const place = row?.place ?? '';
    expect(await exists(place)).toBe(true);
    child.kill('SIGKILL');
    await until(async () => !(await isRunningPostgres(pid)));
    await until(async () => !(await exists(join(place, '..'))));
  });

  it('a kept one shuts down, and starts again at once', async () => {
    const { child, pid } = await startInChild(AS_OURSELVES, folder);
    child.kill('SIGKILL');
    await using next = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await isRunningPostgres(pid)).toBe(false);
  });
});

describe('accounts', () => {
  const root = process.getuid?.() === 0;

  it('root never runs PostgreSQL itself', async () => {
    if (!root) {
      console.warn('Not checked: what root does, because the tests do not run as root.');
      return;
    }
    await using server = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    const { uid } = await stat(join(folder, 'cluster'));
    expect(uid).not.toBe(0);
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('an ordinary user starts it, and root goes on with that data as this user', async () => {
    const account = await chooseAccount(undefined);
    const readable = await refusalToRun(account, process.execPath, ['--check', import.meta.filename]);
    if (!root || readable !== undefined) {
      console.warn('Not checked: an ordinary user, because the tests cannot become one here.');
      return;
    }
    await chmod(folder, 0o777);
    const { child, pid, url } = await startInChild(account, folder);
    await query(url, `CREATE TABLE kept AS SELECT 42 AS answer`);
    child.kill('SIGKILL');
    await using server = await startEmbeddedPostgres({ dataDirectory: folder, durable: false });
    expect(await query(server.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await isRunningPostgres(pid)).toBe(false);
  });
});
