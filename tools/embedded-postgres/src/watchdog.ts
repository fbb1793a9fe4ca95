import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { spawnOptions, type Account } from './account.js';

/** Ends PostgreSQL if our process ends, however it ends, without calling `dismiss`. */
export interface Watchdog {
  dismiss(): void;
}

/**
 * Waits on its standard input, which closes when our process dies. Only a process id that the cluster's own
 * lock file confirms is signalled, for it may long have passed to another program.
 *
 * $1 process id, $2 cluster, $3 signal, $4 folder to remove afterwards or nothing
 */
const SCRIPT = `
read -r word
[ "$word" = dismissed ] && exit 0
tries=0
while [ $tries -lt 10 ] && kill -0 "$1" 2>/dev/null; do
  [ "$(head -n 1 "$2/postmaster.pid" 2>/dev/null)" = "$1" ] && kill -s "$3" "$1" && break
  tries=$((tries + 1)); sleep 1
done
tries=0
while [ $tries -lt 60 ] && [ -e "$2/postmaster.pid" ] && kill -0 "$1" 2>/dev/null; do
  tries=$((tries + 1)); sleep 1
done
[ -n "$4" ] && rm -rf "$4"
exit 0
`;

/**
 * A shell of its own session, so that neither Ctrl-C nor the end of our process group reaches it.
 *
 * @param removeAfterwards a temporary folder; without one PostgreSQL may take the time to shut down cleanly
 */
export function watchOver(
  postmasterPid: number,
  clusterFolder: string,
  account: Account,
  removeAfterwards: string | undefined,
): Watchdog {
  const signal = removeAfterwards === undefined ? 'INT' : 'QUIT';
  const args = ['-c', SCRIPT, 'latarnik-postgres-watchdog', String(postmasterPid), clusterFolder, signal];
  const shell = spawn('/bin/sh', [...args, removeAfterwards ?? ''], {
    ...spawnOptions(account),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return {
    dismiss: () => {
      shell.stdin.end('dismissed\n');
    },
  };
}
