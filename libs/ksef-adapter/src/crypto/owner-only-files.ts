import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { syncFolder } from '../package/disk.js';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** A name beside the file that no other process makes. */
export const besideName = (file: string): string => `${file}.${randomUUID()}`;

/**
 * Writes bytes, down to the disk, to a new file beside the one they are meant for; nothing is left when that fails.
 * @returns its name
 */
export async function writeBeside(file: string, bytes: Uint8Array): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: OWNER_ONLY_FOLDER });
  const unfinished = besideName(file);
  try {
    const handle = await open(unfinished, 'wx', OWNER_ONLY_FILE);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return unfinished;
}

/** In place of what the file held: whoever reads it sees the old bytes or the new ones, also after a loss of power. */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const unfinished = await writeBeside(file, bytes);
  try {
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}
