import { readFile } from 'node:fs/promises';

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether that process id belongs to a live PostgreSQL; where this cannot be found out (no /proc), any process counts. */
export async function isRunningPostgres(pid: number): Promise<boolean> {
  if (!isRunning(pid)) return false;
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (status === undefined) return process.platform !== 'linux';
  const [, command, state] = /^\d+ \((.*)\) (\S)/s.exec(status) ?? [];
  return command === 'postgres' && state !== 'Z';
}
