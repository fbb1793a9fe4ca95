import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { isRunning, isRunningPostgres } from './running-process.js';

/** What `postmaster.pid` says. */
export interface LockFile {
  readonly pid: number;
  readonly status: string;
}

/** Lines of `postmaster.pid` (src/include/utils/pidfile.h): the process id is line 1, its status line 8. */
const STATUS_LINE = 7;

/** No system hands out process ids this high. */
const NO_SUCH_PID = '2147483646';

/** Time for a PostgreSQL whose owner has died to shut down (see watchdog.ts). */
const FORMER_OWNER_GRACE_MS = 10_000;
const POLL_MS = 50;

export async function readLockFile(clusterFolder: string): Promise<LockFile | undefined> {
  const text = await readFile(lockFilePath(clusterFolder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), status: lines[STATUS_LINE]?.trim() ?? '' };
}

/**
 * Returns once no PostgreSQL runs on the cluster.
 *
 * PostgreSQL sees by itself that the process named in a left-over lock file is gone, but not that the id now belongs
 * to something else, as happens after a reboot or in a container. The file is then pointed at no process; it is
 * not removed, because PostgreSQL still uses its other lines to look for orphans with the shared memory attached.
 *
 * @throws EmbeddedPostgresError DATA_DIRECTORY_IN_USE
 */
export async function awaitFreeCluster(clusterFolder: string): Promise<void> {
  let pid = (await readLockFile(clusterFolder))?.pid;
  for (let waitedMs = 0; pid !== undefined && (await isRunningPostgres(pid)); waitedMs += POLL_MS) {
    if (waitedMs >= FORMER_OWNER_GRACE_MS) {
      throw new EmbeddedPostgresError(
        'DATA_DIRECTORY_IN_USE',
        `another PostgreSQL (process ${pid}) runs on ${clusterFolder}`,
      );
    }
    await delay(POLL_MS);
    pid = (await readLockFile(clusterFolder))?.pid;
  }
  if (pid !== undefined && isRunning(pid)) {
    const [, ...rest] = (await readFile(lockFilePath(clusterFolder), 'utf8')).split('\n');
    await writeFile(lockFilePath(clusterFolder), [NO_SUCH_PID, ...rest].join('\n'));
  }
}

function lockFilePath(clusterFolder: string): string {
  return join(clusterFolder, 'postmaster.pid');
}
