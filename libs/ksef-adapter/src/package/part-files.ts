import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type ReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { PackageCorruptError, type Part, type PartOrdinal } from '@latarnik/domain';

import { sessionCipher } from '../crypto/session-cipher.js';
import { type FileFacts, fileFacts, temporaryIn } from './disk.js';

export interface SessionKey {
  readonly key: Uint8Array;
  readonly initializationVector: Uint8Array;
}

export interface EncryptedArchive {
  /** Of the archive, as its bytes passed by while they were encrypted. */
  readonly archive: FileFacts;
  readonly parts: readonly Part[];
}

/**
 * Cuts the archive into plain pieces of at most `partBytes` and encrypts each on its own with the session's key and IV
 * (ksef-docs sesja-wsadowa.md §2-3). Sizes and hashes are those of the files on disk.
 * @throws PackageCorruptError when a file on disk is not what was written
 */
export async function encryptParts(
  folder: string,
  archiveFile: string,
  archiveBytes: number,
  partBytes: number,
  sessionKey: SessionKey,
): Promise<EncryptedArchive> {
  const whole = createHash('sha256');
  const parts: Part[] = [];
  let sizeBytes = 0;
  const watch = (chunk: Uint8Array): void => {
    whole.update(chunk);
    sizeBytes += chunk.length;
  };
  for (let start = 0; start < archiveBytes; start += partBytes) {
    const ordinal = (parts.length + 1) as PartOrdinal;
    const end = Math.min(start + partBytes, archiveBytes) - 1;
    const piece = createReadStream(archiveFile, { start, end });
    parts.push(await encryptPart(folder, ordinal, { piece, watch }, sessionKey));
  }
  return { archive: { sizeBytes, sha256: whole.digest('base64') }, parts };
}

/** Where a part lies: its name is its hash, so a part of an older package cannot be taken for it. */
export const partFile = (folder: string, { ordinal, sha256 }: Part): string =>
  join(folder, `${String(ordinal).padStart(2, '0')}-${Buffer.from(sha256, 'base64').toString('hex')}.part`);

async function encryptPart(
  folder: string,
  ordinal: PartOrdinal,
  { piece, watch }: { readonly piece: ReadStream; readonly watch: (chunk: Uint8Array) => void },
  { key, initializationVector }: SessionKey,
): Promise<Part> {
  const temporary = temporaryIn(folder);
  const written = createHash('sha256');
  try {
    await pipeline(
      piece,
      new Watch(watch),
      sessionCipher(key, initializationVector),
      new Watch((chunk) => written.update(chunk)),
      createWriteStream(temporary, { mode: 0o600, flush: true }),
    );
    const facts = await fileFacts(temporary);
    if (facts?.sha256 !== written.digest('base64')) {
      throw new PackageCorruptError(`part ${String(ordinal)}: the disk does not hold what was written`);
    }
    const part = { ordinal, ...facts };
    await rename(temporary, partFile(folder, part));
    return part;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Shows what passes by. */
class Watch extends Transform {
  constructor(private readonly see: (chunk: Buffer) => void) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.see(chunk);
    callback(null, chunk);
  }
}
