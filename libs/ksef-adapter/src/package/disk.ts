import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';

import { errorCode } from '../error-code.js';

export interface FileFacts {
  readonly sizeBytes: number;
  /** SHA-256, Base64. */
  readonly sha256: string;
}

/** Size and hash of what is on disk now; `undefined` when there is no such file. */
export async function fileFacts(file: string): Promise<FileFacts | undefined> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  return { sizeBytes, sha256: hash.digest('base64') };
}

/** A name in `folder` that nobody else uses. What lies under such a name is unfinished. */
export const temporaryIn = (folder: string): string => join(folder, `.${randomUUID()}.tmp`);
