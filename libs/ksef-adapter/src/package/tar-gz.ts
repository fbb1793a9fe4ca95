import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, type Gzip } from 'node:zlib';

import type { ArchivedEntry, ArchiveFormat, NamedBytes, ReadLimits } from './archive-format.js';
import type { FileFacts } from './disk.js';
import type { SpoolFile } from './spool-file.js';
import { STEP_BYTES } from './steps.js';
import { TarReader } from './tar-reader.js';
import { writeTar } from './tar-writer.js';

/** The knee of the curve on invoices: level 9 takes twice the time for 6 % less, level 4 saves a fifth for 17 % more (ADR 0017). */
export const GZIP_LEVEL = 6;

/** Ustar in gzip (KSeF `TarGz`, since API 2.6.0). */
export const tarGz: ArchiveFormat = {
  compression: 'tar.gz',

  async *write(entries: AsyncIterable<NamedBytes>): AsyncGenerator<Uint8Array> {
    const gzip = createGzip({ level: GZIP_LEVEL, chunkSize: STEP_BYTES });
    const compressed = compress(writeTar(entries), gzip);
    // The loop below reports the same failure; without this it would count as unhandled in between.
    compressed.catch(() => undefined);
    let isFirst = true;
    for await (const chunk of gzip as AsyncIterable<Buffer>) {
      if (isFirst) hideOperatingSystem(chunk);
      isFirst = false;
      yield chunk;
    }
    await compressed;
  },

  async *read(
    archive: SpoolFile,
    limits: ReadLimits,
    whole: (facts: FileFacts) => void,
  ): AsyncGenerator<readonly ArchivedEntry[]> {
    const gunzip = createGunzip({ chunkSize: STEP_BYTES });
    const unpacked = pipeline(archive.follow(whole), gunzip);
    unpacked.catch(() => undefined);
    const tar = new TarReader(limits);
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield tar.take(chunk);
    await unpacked;
    tar.end();
  },
};

/** Gives the compressor a step while the next one is filled: it has taken the one before by the time that is reused. */
async function compress(steps: AsyncIterable<Uint8Array>, gzip: Gzip): Promise<void> {
  try {
    let taken: Promise<void> = Promise.resolve();
    for await (const step of steps) {
      await taken;
      taken = write(gzip, step);
      taken.catch(() => undefined);
    }
    await taken;
    gzip.end();
  } catch (error) {
    gzip.destroy(error instanceof Error ? error : new Error('the entries ended in a fault'));
    throw error;
  }
}

const write = (gzip: Gzip, step: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    gzip.write(step, (error) => {
      if (error === undefined || error === null) resolve();
      else reject(error);
    });
  });

/** Octet 9 of a gzip header names the operating system (RFC 1952 §2.3.1); 255, unknown, wherever we run. */
function hideOperatingSystem(firstChunk: Buffer): void {
  if (firstChunk.length < 10) throw new Error('a gzip header in pieces');
  firstChunk[9] = 255;
}
