import { randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, rename, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

/** Development files: linking against PostgreSQL is not what a copy is for. */
const LEFT_OUT = /\.a$|^pkgconfig$/;

/**
 * Completes `target` to a copy of `source` that everybody may read and run and only the owner may write.
 *
 * Each file comes into place by one rename, so a file that is there is whole: several processes may do this at
 * once, and a copy that lost files (temporary folders get swept) is mended.
 */
export async function mirrorFolder(
  source: string,
  target: string,
  links: readonly { readonly source: string; readonly target: string }[],
): Promise<void> {
  await mirrorFiles(source, target);
  for (const link of links) {
    const from = join(target, link.target);
    await symlink(relative(dirname(from), join(target, link.source)), from).catch(ignoreExisting);
  }
}

async function mirrorFiles(source: string, target: string): Promise<void> {
  await mkdir(target).catch(ignoreExisting);
  await chmod(target, 0o755);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    if (LEFT_OUT.test(entry.name)) continue;
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) await mirrorFiles(from, to);
    else if (entry.isFile()) await mirrorFile(from, to);
  }
}

async function mirrorFile(from: string, to: string): Promise<void> {
  const [wanted, present] = await Promise.all([stat(from), stat(to).catch(() => undefined)]);
  if (present?.size === wanted.size) return;
  const unfinished = join(dirname(to), `.${randomUUID()}`);
  await copyFile(from, unfinished);
  await chmod(unfinished, basename(dirname(to)) === 'bin' ? 0o755 : 0o644);
  await rename(unfinished, to);
}

function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}
