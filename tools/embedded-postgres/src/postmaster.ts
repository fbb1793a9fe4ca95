import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnOptions, type Account } from './account.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { awaitFreeCluster, readLockFile } from './lock-file.js';
import { watchOver } from './watchdog.js';

/** The server process of a cluster, ready for connections. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Rolls open transactions back, disconnects everybody and waits for the end. */
  shutDown(): Promise<void>;
}

export interface PostmasterSettings {
  readonly binaries: string;
  readonly account: Account;
  readonly clusterFolder: string;
  /** 0: any free one. */
  readonly port: number;
  readonly durable: boolean;
  /** A temporary folder that must not outlive our process. */
  readonly removeAfterwards: string | undefined;
}

const FREE_PORT_ATTEMPTS = 5;
/** Long, because recovery after a crash replays the log first. */
const START_LIMIT_MS = 120_000;
const POLL_MS = 20;
const FAST_SHUTDOWN_LIMIT_MS = 30_000;
const LOG_FILE = 'server.log';
const LOG_TAIL_CHARACTERS = 2_000;
const PORT_TAKEN = /could not bind .*: Address (?:already )?in use|could not create any TCP\/IP sockets/;

/** For tests: a crash of the machine may lose or damage data; a crash of the process does not. */
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** @throws EmbeddedPostgresError PORT_IN_USE, START_FAILED, DATA_DIRECTORY_IN_USE */
export async function startPostmaster(settings: PostmasterSettings): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    const port = settings.port === 0 ? await findFreePort() : settings.port;
    try {
      return await startOnPort(settings, port);
    } catch (error) {
      // Between finding a free port and binding it, somebody else may take it.
      const taken = error instanceof EmbeddedPostgresError && error.code === 'PORT_IN_USE';
      if (!taken || settings.port !== 0 || attempt === FREE_PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOnPort(settings: PostmasterSettings, port: number): Promise<Postmaster> {
  const { account, clusterFolder, removeAfterwards } = settings;
  await awaitFreeCluster(clusterFolder);
  const { server, exited } = await spawnServer(settings, port);
  const { pid } = server;
  if (pid === undefined) throw new EmbeddedPostgresError('START_FAILED', 'the postgres program could not be run');
  const watchdog = watchOver(pid, clusterFolder, account, removeAfterwards);
  const shutDown = async (): Promise<void> => {
    await endServer(server, exited);
    watchdog.dismiss();
  };
  if (!(await becameReady(server, clusterFolder))) {
    await shutDown();
    throw await explainFailure(clusterFolder, port);
  }
  server.unref();
  return { pid, port, shutDown };
}

async function spawnServer(
  settings: PostmasterSettings,
  port: number,
): Promise<{ server: ChildProcess; exited: Promise<void> }> {
  const { binaries, account, clusterFolder, durable } = settings;
  const parameters = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'timezone=UTC',
    'log_timezone=UTC',
    ...(durable ? [] : NOT_DURABLE),
  ];
  // A file, not a pipe: PostgreSQL would stand still whenever we are too busy to read.
  await using log = await open(join(clusterFolder, LOG_FILE), 'w', 0o600);
  const server = spawn(
    join(binaries, 'bin/postgres'),
    ['-D', clusterFolder, ...parameters.flatMap((parameter) => ['-c', parameter])],
    { ...spawnOptions(account), detached: true, stdio: ['ignore', log.fd, log.fd] },
  );
  const exited = new Promise<void>((resolve) => {
    server.once('exit', () => {
      resolve();
    });
    server.once('error', () => {
      resolve();
    });
  });
  return { server, exited };
}

async function becameReady(server: ChildProcess, clusterFolder: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < START_LIMIT_MS; waitedMs += POLL_MS) {
    if (hasEnded(server)) return false;
    const lock = await readLockFile(clusterFolder);
    if (lock?.pid === server.pid && lock?.status === 'ready') return true;
    await delay(POLL_MS);
  }
  return false;
}

async function endServer(server: ChildProcess, exited: Promise<void>): Promise<void> {
  if (hasEnded(server)) return;
  server.ref();
  server.kill('SIGINT');
  const timer = setTimeout(() => server.kill('SIGQUIT'), FAST_SHUTDOWN_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}

async function explainFailure(clusterFolder: string, port: number): Promise<EmbeddedPostgresError> {
  const log = await readFile(join(clusterFolder, LOG_FILE), 'utf8').catch(() => '');
  return PORT_TAKEN.test(log)
    ? new EmbeddedPostgresError('PORT_IN_USE', `port ${port} of 127.0.0.1 is taken`)
    : new EmbeddedPostgresError(
        'START_FAILED',
        `PostgreSQL did not start on ${clusterFolder}: ${log.slice(-LOG_TAIL_CHARACTERS).trim()}`,
      );
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise<void>((resolve) => {
    probe.close(() => {
      resolve();
    });
  });
  if (address === null || typeof address === 'string') throw new Error('a TCP listener has no port');
  return address.port;
}
