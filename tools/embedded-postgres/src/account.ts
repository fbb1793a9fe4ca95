import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** Who the PostgreSQL processes run as. `switchTo` is empty when that is the present user. */
export interface Account {
  readonly name: string;
  readonly switchTo: Readonly<{ uid: number; gid: number }> | undefined;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** In order of preference; all of them exist without anybody creating them on some common system. */
const UNPRIVILEGED_ACCOUNTS = ['postgres', '_postgres', 'nobody', 'daemon'];

const PRESENT_USER: Account = { name: 'the present user', switchTo: undefined };

/**
 * The account to run PostgreSQL as: the present user, or, for root, an account that exists already.
 *
 * @param clusterFolder an existing cluster, whose owner is then the only account PostgreSQL accepts
 * @throws EmbeddedPostgresError NO_UNPRIVILEGED_ACCOUNT
 */
export async function chooseAccount(clusterFolder: string | undefined): Promise<Account> {
  if (process.getuid?.() !== 0) return PRESENT_USER;
  const entries = await readPasswd();
  const candidates = clusterFolder === undefined ? byPreference(entries) : [await ownerOf(clusterFolder, entries)];
  const refusals: string[] = [];
  for (const { name, uid, gid } of candidates) {
    const account: Account = { name, switchTo: { uid, gid } };
    const refusal = await refusalToRun(account, '/bin/sh', ['-c', ':']);
    if (refusal === undefined) return account;
    refusals.push(`${name} (uid ${uid}): ${refusal}`);
  }
  throw new EmbeddedPostgresError('NO_UNPRIVILEGED_ACCOUNT', explainMissingAccount(refusals));
}

/** @returns undefined when the program ran and ended with 0, otherwise why not */
export async function refusalToRun(
  account: Account,
  program: string,
  args: readonly string[],
): Promise<string | undefined> {
  try {
    await promisify(execFile)(program, args, { ...spawnOptions(account), timeout: 30_000 });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
}

export async function canEnter(account: Account, folder: string): Promise<boolean> {
  return (await refusalToRun(account, '/bin/sh', ['-c', 'cd "$1"', 'sh', folder])) === undefined;
}

/** A clean environment: nothing of ours (settings, secrets, PG* variables) reaches PostgreSQL. */
export function spawnOptions(account: Account): {
  cwd: string;
  env: Record<string, string>;
  uid?: number;
  gid?: number;
} {
  return { cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }, ...account.switchTo };
}

async function readPasswd(): Promise<PasswdEntry[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    const entry = { name: name ?? '', uid: Number(uid), gid: Number(gid) };
    return Number.isInteger(entry.uid) && Number.isInteger(entry.gid) && entry.uid > 0 ? [entry] : [];
  });
}

function byPreference(entries: readonly PasswdEntry[]): PasswdEntry[] {
  return UNPRIVILEGED_ACCOUNTS.flatMap((name) => entries.filter((entry) => entry.name === name));
}

async function ownerOf(folder: string, entries: readonly PasswdEntry[]): Promise<PasswdEntry> {
  const { uid, gid } = await stat(folder);
  return { name: entries.find((entry) => entry.uid === uid)?.name ?? `uid ${uid}`, uid, gid };
}

function explainMissingAccount(refusals: readonly string[]): string {
  return [
    'PostgreSQL refuses to run as root, and there is no account to run it as instead.',
    refusals.length === 0
      ? `/etc/passwd names none of ${UNPRIVILEGED_ACCOUNTS.join(', ')}.`
      : `Tried: ${refusals.join('; ')}.`,
    'Run as an ordinary user, add one of these accounts, or point DATABASE_URL at a running PostgreSQL.',
  ].join(' ');
}
