import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

import { extract } from 'tar-stream';
import { openPromise } from 'yauzl';

/** One file of a package. A file larger than the limit comes without its content. */
export interface PackageFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly content: Buffer | undefined;
}

/** The archive is no archive, is damaged, or holds what no invoice package holds. */
export class PackageUnreadable extends Error {}

/**
 * Reads a package file by file, in archive order; folders are passed over.
 * @param limits `fileBytes` bounds what is kept of one file, `totalBytes` what the whole may unpack to
 * @throws {PackageUnreadable}
 */
export async function* readPackage(
  path: string,
  compression: 'Zip' | 'TarGz',
  limits: { readonly fileBytes: number; readonly totalBytes: number },
): AsyncGenerator<PackageFile> {
  let total = 0;
  try {
    for await (const { name, stream } of compression === 'Zip' ? zipEntries(path) : tarEntries(path)) {
      const file = await readFile(name, stream, limits.fileBytes);
      total += file.sizeBytes;
      if (total > limits.totalBytes) throw new PackageUnreadable('package unpacks to more than allowed');
      yield file;
    }
  } catch (error) {
    if (error instanceof PackageUnreadable) throw error;
    throw new PackageUnreadable(error instanceof Error ? error.message : String(error));
  }
}

interface ArchiveEntry {
  readonly name: string;
  readonly stream: AsyncIterable<unknown>;
}

async function* zipEntries(path: string): AsyncGenerator<ArchiveEntry> {
  const archive = await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: true });
  try {
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      if (entry.isEncrypted()) throw new PackageUnreadable(`${entry.fileName} is encrypted`);
      yield { name: entry.fileName, stream: await archive.openReadStreamPromise(entry) };
    }
  } finally {
    archive.close();
  }
}

async function* tarEntries(path: string): AsyncGenerator<ArchiveEntry> {
  const source = createReadStream(path);
  const gunzip = createGunzip();
  const archive = extract();
  // Each stage passes its error on, so that the loop below ends with it instead of waiting.
  source.on('error', (error) => gunzip.destroy(error));
  gunzip.on('error', (error) => {
    archive.destroy(error);
  });
  source.pipe(gunzip).pipe(archive);
  try {
    for await (const entry of archive) {
      const { name, type } = entry.header;
      if (type === 'directory') {
        entry.resume();
        continue;
      }
      if (type !== 'file' && type !== 'contiguous-file') throw new PackageUnreadable(`${name} is no plain file`);
      yield { name, stream: entry };
    }
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function readFile(name: string, stream: AsyncIterable<unknown>, limitBytes: number): Promise<PackageFile> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new PackageUnreadable('archive entry is no byte stream');
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
  }
  return { name, sizeBytes, content: sizeBytes <= limitBytes ? Buffer.concat(chunks) : undefined };
}
