import { createHash, hash as digestOf } from 'node:crypto';

import { PackageCorruptError, type PackageEntry } from '@latarnik/domain';

import { isSystemError } from '../error-code.js';
import type { ArchivedEntry, ArchiveFormat, NamedBytes } from './archive-format.js';
import type { FileFacts } from './disk.js';
import { isSafeName } from './safe-name.js';
import { SpoolFile } from './spool-file.js';

export interface ArchiveLimits {
  readonly invoices: number;
  readonly packageBytes: number;
  readonly parts: number;
  readonly partBytes: number;
  /** One invoice. */
  readonly entryBytes: number;
}

/**
 * Writes an archive of the invoices and reads it back from disk while it grows; every entry is held against the hash that
 * the database has for it (reliability C6).
 * @param makeRoom called with what the archive has so far, before each step; throws when the disk gets too full
 * @returns what the file was as its last entry was compared
 * @throws PackageCorruptError when something is not as it should be, or over a limit; what `entries` throws
 */
export async function writeCheckedArchive(
  format: ArchiveFormat,
  file: string,
  entries: AsyncIterable<PackageEntry>,
  limits: ArchiveLimits,
  makeRoom: (writtenBytes: number) => Promise<void>,
): Promise<FileFacts> {
  const written: ArchivedEntry[] = [];
  const archive = await SpoolFile.create(file);
  const given = createHash('sha256');
  const reading: { fault?: unknown } = {};
  const compared = compare(format, archive, written, limits).catch((fault: unknown) => {
    reading.fault = fault;
    return undefined;
  });
  try {
    for await (const chunk of format.write(named(entries, written, limits))) {
      assertWithin(limits, archive.sizeBytes + chunk.length);
      if (reading.fault !== undefined) break;
      await makeRoom(archive.sizeBytes);
      given.update(chunk);
      await archive.append(chunk);
    }
    if (reading.fault === undefined) await archive.complete();
  } finally {
    await archive.giveUp();
  }
  const facts = await compared;
  if (facts === undefined) throw reading.fault;
  if (written.length === 0) throw new PackageCorruptError('a package without invoices');
  if (facts.sha256 !== given.digest('base64')) {
    throw new PackageCorruptError('the disk does not hold the archive that was written');
  }
  return facts;
}

function assertWithin({ packageBytes, parts, partBytes }: ArchiveLimits, sizeBytes: number): void {
  if (sizeBytes > packageBytes) {
    throw new PackageCorruptError(`limit of the package: more than ${String(packageBytes)} bytes`);
  }
  if (sizeBytes > parts * partBytes) throw new PackageCorruptError(`limit of parts: more than ${String(parts)}`);
}

async function* named(
  entries: AsyncIterable<PackageEntry>,
  written: ArchivedEntry[],
  { invoices, entryBytes }: ArchiveLimits,
): AsyncGenerator<NamedBytes> {
  const names = new Set<string>();
  for await (const { invoiceId, hash, bytes } of entries) {
    if (!isSafeName(invoiceId)) throw new PackageCorruptError('an invoice id that is no file name');
    const name = `${invoiceId}.xml`;
    if (names.has(name)) throw new PackageCorruptError(`invoice ${invoiceId} is in the package twice`);
    if (names.size === invoices) throw new PackageCorruptError(`limit of invoices: more than ${String(invoices)}`);
    if (bytes.length > entryBytes) throw new PackageCorruptError(`invoice ${invoiceId}: more bytes than KSeF takes`);
    names.add(name);
    const sha256 = Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString('base64');
    if (digestOf('sha256', bytes, 'base64') !== sha256) {
      throw new PackageCorruptError(`invoice ${invoiceId}: its bytes do not have its hash`);
    }
    written.push({ name, sizeBytes: bytes.length, sha256 });
    yield { name, bytes };
  }
}

/** @returns what the whole file was, as it was read */
async function compare(
  format: ArchiveFormat,
  archive: SpoolFile,
  written: readonly ArchivedEntry[],
  { invoices, entryBytes }: ArchiveLimits,
): Promise<FileFacts> {
  let whole: FileFacts | undefined;
  let count = 0;
  try {
    const entries = format.read(archive, { entries: invoices, entryBytes }, (facts) => {
      whole = facts;
    });
    for await (const some of entries) {
      for (const entry of some) {
        count += 1;
        if (!isSame(entry, written[count - 1])) {
          throw new PackageCorruptError(`entry ${String(count)} is not what was packed`);
        }
      }
    }
  } catch (error) {
    if (error instanceof PackageCorruptError || isSystemError(error)) throw error;
    throw new PackageCorruptError('the archive cannot be read back', { cause: error });
  }
  if (count !== written.length) {
    throw new PackageCorruptError(`the archive holds ${String(count)} of ${String(written.length)} invoices`);
  }
  if (whole === undefined) throw new PackageCorruptError('the archive was not read to its end');
  return whole;
}

const isSame = (read: ArchivedEntry, written: ArchivedEntry | undefined): boolean =>
  read.name === written?.name && read.sizeBytes === written.sizeBytes && read.sha256 === written.sha256;
