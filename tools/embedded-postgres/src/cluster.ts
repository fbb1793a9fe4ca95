import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { canEnter, spawnOptions, type Account } from './account.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { isRunning } from './running-process.js';

/** A folder initdb filled, complete with the password of its superuser. */
export interface Cluster {
  readonly folder: string;
  readonly password: string;
}

export const SUPERUSER = 'postgres';
const CLUSTER = 'cluster';
const PASSWORD_FILE = 'superuser-password';
const UNFINISHED = /^initialising-(\d+)-/;

/** Where root keeps a cluster whose data directory the unprivileged account cannot reach, e.g. below /root. */
const HOME_OUTSIDE_DATA_DIRECTORY = '/var/lib/latarnik';

/** @returns the real folder of the cluster that an earlier start left in the data directory, if any */
export async function findCluster(dataDirectory: string): Promise<string | undefined> {
  try {
    return await realpath(join(resolve(dataDirectory), CLUSTER));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @throws EmbeddedPostgresError DATA_DIRECTORY_OF_ANOTHER_USER */
export async function openCluster(folder: string): Promise<Cluster> {
  const { uid } = await stat(folder);
  const presentUid = process.getuid?.();
  if (presentUid !== 0 && uid !== presentUid) {
    throw new EmbeddedPostgresError(
      'DATA_DIRECTORY_OF_ANOTHER_USER',
      `${folder} belongs to uid ${uid}, and we run as uid ${presentUid ?? 'unknown'}; choose another data directory`,
    );
  }
  return { folder, password: await readFile(join(folder, PASSWORD_FILE), 'utf8') };
}

/**
 * Fills a new cluster and gives it its final name last, so that an interrupted attempt is never taken for a
 * cluster; of two processes doing this at once, both get the one that was first.
 *
 * It lives in the data directory, unless the account cannot reach that; then a link there points to it.
 *
 * @throws EmbeddedPostgresError DATA_DIRECTORY_UNREACHABLE, INITIALISATION_FAILED
 */
export async function createCluster(
  binaries: string,
  account: Account,
  dataDirectory: string,
  syncToDisk: boolean,
): Promise<Cluster> {
  const home = await chooseHome(dataDirectory, account);
  await removeUnfinished(home);
  const folder = await mkdtemp(join(home, `initialising-${process.pid}-`));
  try {
    const password = await initialise(binaries, account, folder, syncToDisk);
    return { folder: await publish(folder, dataDirectory, home), password };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const winner = await findCluster(dataDirectory);
    if (winner === undefined || error instanceof EmbeddedPostgresError) throw error;
    return openCluster(winner);
  }
}

async function chooseHome(dataDirectory: string, account: Account): Promise<string> {
  const asked = resolve(dataDirectory);
  await mkdir(asked, { recursive: true });
  if (await canEnter(account, asked)) return asked;
  await mkdir(HOME_OUTSIDE_DATA_DIRECTORY, { recursive: true, mode: 0o755 }).catch(() => undefined);
  if (await canEnter(account, HOME_OUTSIDE_DATA_DIRECTORY)) return HOME_OUTSIDE_DATA_DIRECTORY;
  throw new EmbeddedPostgresError(
    'DATA_DIRECTORY_UNREACHABLE',
    `PostgreSQL has to run as ${account.name}, who can enter neither ${asked} nor ${HOME_OUTSIDE_DATA_DIRECTORY}; ` +
      'choose a data directory below folders that everybody may enter',
  );
}

async function publish(folder: string, dataDirectory: string, home: string): Promise<string> {
  const name = join(resolve(dataDirectory), CLUSTER);
  if (home === dirname(name)) {
    await rename(folder, name);
    return realpath(name);
  }
  const kept = folder.replace(/initialising-\d+-/, 'postgres-');
  await rename(folder, kept);
  await symlink(kept, name).catch(async (error: unknown) => {
    await rm(kept, { recursive: true, force: true });
    throw error;
  });
  return kept;
}

async function initialise(binaries: string, account: Account, folder: string, syncToDisk: boolean): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  const passwordFolder = await mkdtemp(join(dirname(folder), `initialising-${process.pid}-`));
  try {
    const passwordFile = join(passwordFolder, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    for (const path of [folder, passwordFolder, passwordFile]) await handOver(path, account);
    await runInitdb(binaries, account, folder, passwordFile, syncToDisk);
  } finally {
    await rm(passwordFolder, { recursive: true, force: true });
  }
  await using kept = await open(join(folder, PASSWORD_FILE), 'wx', 0o600);
  await kept.writeFile(password);
  await kept.sync();
  await handOver(join(folder, PASSWORD_FILE), account);
  return password;
}

/**
 * The built-in provider's C.UTF-8 sorts and folds case alike on every platform, whatever locales it has.
 *
 * @see PostgreSQL 18 documentation, "Locale Providers"
 */
async function runInitdb(
  binaries: string,
  account: Account,
  folder: string,
  passwordFile: string,
  syncToDisk: boolean,
): Promise<void> {
  const args = [
    ...['--pgdata', folder, '--username', SUPERUSER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...(syncToDisk ? [] : ['--no-sync']),
  ];
  try {
    await promisify(execFile)(join(binaries, 'bin/initdb'), args, spawnOptions(account));
  } catch (error) {
    const { stderr } = error as { stderr?: unknown };
    const said = typeof stderr === 'string' ? stderr.trim() : String(error);
    throw new EmbeddedPostgresError('INITIALISATION_FAILED', `initdb failed in ${folder}: ${said}`);
  }
}

async function handOver(path: string, account: Account): Promise<void> {
  if (account.switchTo !== undefined) await chown(path, account.switchTo.uid, account.switchTo.gid);
}

/** What processes that died while initialising left behind. */
async function removeUnfinished(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = UNFINISHED.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(home, name), { recursive: true, force: true });
  }
}

/** @returns a folder of the account's own, in the first place that it can enter */
export async function createTemporaryHome(parents: readonly string[], account: Account): Promise<string> {
  for (const parent of parents) {
    if (!(await canEnter(account, parent))) continue;
    const folder = await mkdtemp(join(parent, 'latarnik-postgres-'));
    await handOver(folder, account);
    await chmod(folder, 0o700);
    return folder;
  }
  throw new EmbeddedPostgresError(
    'DATA_DIRECTORY_UNREACHABLE',
    `PostgreSQL has to run as ${account.name}, who can enter none of ${parents.join(', ')}`,
  );
}
