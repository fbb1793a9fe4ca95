import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

import { extract, type Header, type Pack, pack } from 'tar-stream';

import { type ArchivedEntry, type ArchiveFormat, ArchiveTooLargeError, type NamedBytes } from './archive-format.js';

/** Nothing of this machine or this moment is in the archive, so that it can be made again. */
const FIXED: Partial<Header> = {
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  uname: '',
  gname: '',
  mtime: new Date(0),
};

/** Ustar in gzip (KSeF `TarGz`, since API 2.6.0). */
export const tarGz: ArchiveFormat = {
  compression: 'tar.gz',

  async write(entries: AsyncIterable<NamedBytes>, file: string, maxBytes: number): Promise<void> {
    const tar = pack();
    const written = pipeline(
      tar,
      createGzip({ level: 6 }),
      new GzipHeaderFix(),
      new SizeLimit(maxBytes),
      createWriteStream(file, { mode: 0o600, flush: true }),
    );
    await Promise.all([written, fill(tar, entries)]);
  },

  async *read(file: string): AsyncGenerator<ArchivedEntry> {
    const tar = extract();
    const piped = pipeline(createReadStream(file), createGunzip(), tar);
    // The loop below reports the same failure; without this it would count as unhandled in between.
    piped.catch(() => undefined);
    for await (const entry of tar) {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for await (const chunk of entry as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
      yield { name: entry.header.name, sizeBytes, sha256: hash.digest('base64') };
    }
    await piped;
  },
};

async function fill(tar: Pack, entries: AsyncIterable<NamedBytes>): Promise<void> {
  try {
    for await (const { name, bytes } of entries) await add(tar, name, bytes);
    tar.finalize();
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error('the entries ended in a fault'));
    throw error;
  }
}

/** Resolves when the archive has taken the entry: the next one is not asked for before. */
function add(tar: Pack, name: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry({ ...FIXED, name, size: bytes.length }, bytes, (error) => {
      if (error === undefined || error === null) resolve();
      else reject(error);
    });
  });
}

/** Octet 9 of a gzip header names the operating system (RFC 1952 §2.3.1); 255, unknown, wherever we run. */
class GzipHeaderFix extends Transform {
  #passed = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    const at = 9 - this.#passed;
    if (at >= 0 && at < chunk.length) chunk[at] = 255;
    this.#passed += chunk.length;
    callback(null, chunk);
  }
}

class SizeLimit extends Transform {
  #passed = 0;

  constructor(private readonly maxBytes: number) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#passed += chunk.length;
    if (this.#passed > this.maxBytes) callback(new ArchiveTooLargeError(`more than ${String(this.maxBytes)} bytes`));
    else callback(null, chunk);
  }
}
