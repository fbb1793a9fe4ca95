import { createHash } from 'node:crypto';
import { read } from 'node:fs';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { fromFdPromise, type Entry, type ZipFile } from 'yauzl';
import { problem, ProblemError } from '../http/problem.js';
import { inspectArchive, refused, wordsOf, type ArchiveLimits } from './archive-inspection.js';

/** A file of an archive, or why it could not be unpacked. */
export interface ArchivedFile {
  /** 1-based place in the directory of the archive. */
  readonly number: number;
  readonly name: string;
  /** Follows from the name alone: an archive packed anew in another order is resumed all the same. */
  readonly keyPart: string;
  readonly content: { readonly bytes: Uint8Array } | { readonly problem: ProblemError };
}

const inflate = promisify(inflateRaw);
const readAt = promisify(read);
const STORED = 0;
/** zlib wants no less. */
const SMALLEST_CHUNK_BYTES = 64;

/**
 * The files of a ZIP archive, one at a time, after its whole directory was found good.
 * @param descriptor of the archive; stays open
 * @throws ProblemError 422 before the first file
 */
export async function openArchive(
  descriptor: number,
  limits: ArchiveLimits,
): Promise<() => AsyncGenerator<ArchivedFile>> {
  await inspectArchive(await opened(descriptor), limits);
  return async function* files() {
    const archive = await opened(descriptor);
    let number = 0;
    for await (const entry of archive.eachEntry()) {
      number += 1;
      const { fileName: name } = entry;
      const keyPart = createHash('sha256').update(name).digest('base64url');
      yield { number, name, keyPart, content: await contentOf(archive, descriptor, entry, limits) };
    }
  };
}

async function opened(descriptor: number): Promise<ZipFile> {
  try {
    return await fromFdPromise(descriptor, { autoClose: false, strictFileNames: true });
  } catch (error) {
    throw refused(`It is no ZIP archive that can be read: ${wordsOf(error)}.`);
  }
}

async function contentOf(
  archive: ZipFile,
  descriptor: number,
  entry: Entry,
  limits: ArchiveLimits,
): Promise<ArchivedFile['content']> {
  try {
    return { bytes: await readEntry(archive, descriptor, entry, limits) };
  } catch (error) {
    const detail = `This entry cannot be unpacked: ${wordsOf(error)}. Nothing was issued for it.`;
    return { problem: new ProblemError(problem(422, 'ENTRY_REFUSED', 'This entry is not taken', detail)) };
  }
}

/** Unpacks one entry, never further than an invoice is long: what the archive says of sizes is checked, not believed. */
async function readEntry(
  archive: ZipFile,
  descriptor: number,
  entry: Entry,
  { mostEntryBytes }: ArchiveLimits,
): Promise<Uint8Array> {
  const { compressedSize, uncompressedSize, compressionMethod } = entry;
  const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
  const packed = Buffer.allocUnsafe(compressedSize);
  const { bytesRead } = await readAt(descriptor, packed, 0, compressedSize, fileDataStart);
  if (bytesRead !== compressedSize) throw new Error('it breaks off');
  const chunkSize = Math.max(Math.min(uncompressedSize, mostEntryBytes), SMALLEST_CHUNK_BYTES);
  const options = { maxOutputLength: Math.max(uncompressedSize, 1), chunkSize };
  const bytes = compressionMethod === STORED ? packed : await inflate(packed, options);
  if (bytes.length !== uncompressedSize) throw new Error('it has another size than it says');
  if (crc32(bytes) !== entry.crc32) throw new Error('its checksum is wrong');
  return bytes;
}
