import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { PackageCorruptError, type Part, type PartOrdinal } from '@latarnik/domain';

import { sessionCipher } from '../crypto/session-cipher.js';
import { type FileFacts, fileFacts, syncFolder, temporaryIn } from './disk.js';

export interface SessionKey {
  readonly key: Uint8Array;
  readonly initializationVector: Uint8Array;
}

const STEP_BYTES = 1 << 18;

/**
 * Cuts the archive into plain pieces of at most `partBytes` and encrypts each on its own with the session's key and IV
 * (ksef-docs sesja-wsadowa.md §2-3). Sizes and hashes are those of the files on disk; files and their names are synced.
 * @param archive what the file was when its entries were compared: what is encrypted must be the same bytes
 * @throws PackageCorruptError when a file on disk is not what it should be
 */
export async function encryptParts(
  folder: string,
  archiveFile: string,
  archive: FileFacts,
  partBytes: number,
  sessionKey: SessionKey,
): Promise<readonly Part[]> {
  const whole = createHash('sha256');
  const parts: Part[] = [];
  const source = await open(archiveFile, 'r');
  try {
    for (let start = 0; start < archive.sizeBytes; start += partBytes) {
      const ordinal = (parts.length + 1) as PartOrdinal;
      const end = Math.min(start + partBytes, archive.sizeBytes);
      parts.push(await encryptPart(folder, ordinal, { source, start, end, whole }, sessionKey));
    }
  } finally {
    await source.close();
  }
  if (whole.digest('base64') !== archive.sha256) {
    throw new PackageCorruptError('the archive changed on disk before it was encrypted');
  }
  await syncFolder(folder);
  return parts;
}

/** Where a part lies: its name is its hash, so a part of an older package cannot be taken for it. */
export const partFile = (folder: string, { ordinal, sha256 }: Part): string =>
  join(folder, `${String(ordinal).padStart(2, '0')}-${Buffer.from(sha256, 'base64').toString('hex')}.part`);

interface Piece {
  readonly source: FileHandle;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Of the archive, as its bytes pass by. */
  readonly whole: Hash;
}

async function encryptPart(folder: string, ordinal: PartOrdinal, piece: Piece, key: SessionKey): Promise<Part> {
  const temporary = temporaryIn(folder);
  try {
    const written = await encryptInto(temporary, piece, key);
    const facts = await fileFacts(temporary);
    if (facts?.sha256 !== written) {
      throw new PackageCorruptError(`part ${String(ordinal)}: the disk does not hold what was written`);
    }
    const part = { ordinal, ...facts };
    await rename(temporary, partFile(folder, part));
    return part;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** @returns the SHA-256 of what was given to the disk, Base64 */
async function encryptInto(
  file: string,
  { source, start, end, whole }: Piece,
  { key, initializationVector }: SessionKey,
): Promise<string> {
  const cipher = sessionCipher(key, initializationVector);
  const hash = createHash('sha256');
  const step = Buffer.allocUnsafe(STEP_BYTES);
  const target = await open(file, 'wx', 0o600);
  const put = async (encrypted: Buffer): Promise<void> => {
    hash.update(encrypted);
    await target.writeFile(encrypted);
  };
  try {
    for (let at = start; at < end;) {
      const { bytesRead } = await source.read(step, 0, Math.min(STEP_BYTES, end - at), at);
      if (bytesRead === 0) throw new PackageCorruptError('the archive became shorter before it was encrypted');
      const plain = step.subarray(0, bytesRead);
      whole.update(plain);
      await put(cipher.update(plain));
      at += bytesRead;
    }
    await put(cipher.final());
    await target.sync();
  } finally {
    await target.close();
  }
  return hash.digest('base64');
}
