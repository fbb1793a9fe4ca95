import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { join } from 'node:path';

import { errorCode } from '../error-code.js';

export interface FileFacts {
  readonly sizeBytes: number;
  /** SHA-256, Base64. */
  readonly sha256: string;
}

const READ_BYTES = 1 << 18;

/** Size and hash of what is on disk now; `undefined` when there is no such file. */
export async function fileFacts(path: string): Promise<FileFacts | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      return await readFacts(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Through one buffer, whatever the size. */
async function readFacts(file: FileHandle): Promise<FileFacts> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  let sizeBytes = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, sizeBytes);
    if (bytesRead === 0) return { sizeBytes, sha256: hash.digest('base64') };
    hash.update(buffer.subarray(0, bytesRead));
    sizeBytes += bytesRead;
  }
}

/** A name in `folder` that nobody else uses. What lies under such a name is unfinished. */
export const temporaryIn = (folder: string): string => join(folder, `.${randomUUID()}.tmp`);

/** What this process may still write to the file system of `folder`. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Some systems (Windows) do not let a folder be synced; there a rename lasts without it. */
const NO_FOLDER_SYNC: readonly (string | undefined)[] = ['EISDIR', 'EPERM', 'EINVAL', 'EACCES'];

/** Makes the names in a folder last: a rename is on the disk only when its folder is (fsync(2)). */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC.includes(errorCode(error))) throw error;
  }
}
