import { hash as digestOf } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32, inflateRawSync } from 'node:zlib';

import { type Entry, openPromise, type ZipFile } from 'yauzl';

import type { ArchivedEntry, ArchiveFormat, NamedBytes, ReadLimits } from './archive-format.js';
import type { FileFacts } from './disk.js';
import type { SpoolFile } from './spool-file.js';
import { inSteps } from './steps.js';
import { writeZip } from './zip-writer.js';

/** Compression method 8 (APPNOTE.TXT 4.4.5). */
const DEFLATED = 8;
/** zlib wants no less. */
const SMALLEST_STEP_BYTES = 64;

/** Deflate, entry by entry; Zip64 only where the size asks for it (KSeF `Zip`, its default). */
export const zip: ArchiveFormat = {
  compression: 'zip',

  write: (entries: AsyncIterable<NamedBytes>): AsyncIterable<Uint8Array> => inSteps(writeZip(entries)),

  async *read(
    archive: SpoolFile,
    limits: ReadLimits,
    whole: (facts: FileFacts) => void,
  ): AsyncGenerator<readonly ArchivedEntry[]> {
    await drain(archive.follow(whole));
    const reader = await openPromise(archive.path, { autoClose: false, strictFileNames: true });
    const file = await open(archive.path, 'r');
    try {
      if (reader.entryCount > limits.entries) throw new Error(`more than ${String(limits.entries)} entries`);
      for await (const entry of reader.eachEntry()) yield [await readEntry(reader, file, entry, limits)];
    } finally {
      await file.close();
      reader.close();
    }
  },
};

/** An entry is unpacked in one go, up to the largest that there may be: sizes that the archive states are not believed. */
async function readEntry(
  reader: ZipFile,
  file: FileHandle,
  entry: Entry,
  { entryBytes }: ReadLimits,
): Promise<ArchivedEntry> {
  const { compressedSize, uncompressedSize } = entry;
  if (entry.compressionMethod !== DEFLATED) throw new Error('an entry that is not deflated');
  if (compressedSize > 2 * entryBytes + SMALLEST_STEP_BYTES || uncompressedSize > entryBytes) {
    throw new Error(`an entry of more than ${String(entryBytes)} bytes`);
  }
  const { fileDataStart } = await reader.readLocalFileHeaderPromise(entry, { minimal: true });
  const deflated = Buffer.allocUnsafe(compressedSize);
  const { bytesRead } = await file.read(deflated, 0, compressedSize, fileDataStart);
  if (bytesRead !== compressedSize) throw new Error('an entry that breaks off');
  const chunkSize = Math.max(uncompressedSize, SMALLEST_STEP_BYTES);
  const bytes = inflateRawSync(deflated, { maxOutputLength: entryBytes + 1, chunkSize });
  if (crc32(bytes) !== entry.crc32) throw new Error('an entry with a wrong checksum');
  return { name: entry.fileName, sizeBytes: bytes.length, sha256: digestOf('sha256', bytes, 'base64') };
}

async function drain(chunks: AsyncIterable<unknown>): Promise<void> {
  const reading = chunks[Symbol.asyncIterator]();
  while ((await reading.next()).done !== true);
}
