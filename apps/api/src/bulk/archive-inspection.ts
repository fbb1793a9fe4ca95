import { createHash } from 'node:crypto';
import type { Entry, ZipFile } from 'yauzl';
import { problem, ProblemError } from '../http/problem.js';

/** Bounds of an archive that is taken in (reliability S13). */
export interface ArchiveLimits {
  readonly mostEntries: number;
  readonly mostEntryBytes: number;
  readonly mostUnpackedBytes: number;
}

/** What no invoice compresses to: text of one repeated byte reaches 1,000, the most repetitive invoice some 60. */
const MOST_RATIO = 200;
/** Small files have a large ratio at no cost. */
const FREE_BYTES = 100_000;
const LONGEST_NAME = 200;
const [STORED, DEFLATED] = [0, 8];
/** APPNOTE.TXT 4.3.7: a local file header without name and extra field. */
const LOCAL_HEADER_BYTES = 30;
/** Upper half of the external attributes is the Unix mode; its type, and those of a plain file or of none. */
const [TYPE_MASK, PLAIN_FILE, NO_TYPE] = [0xf000, 0x8000, 0];

/**
 * Reads the whole directory of an archive before any of its files: what is hostile is refused as a whole, and nothing of
 * it is issued. Sizes are what the archive states; whoever unpacks counts (`readEntry`).
 *
 * @throws ProblemError 422 ARCHIVE_REFUSED, naming the entry and what is wrong with it
 */
export async function inspectArchive(archive: ZipFile, limits: ArchiveLimits): Promise<void> {
  const { entryCount } = archive;
  if (entryCount > limits.mostEntries) throw refused(`It says to have ${String(entryCount)} entries, ${most(limits)}`);
  const inspection = new Inspection(limits, archive.fileSize);
  try {
    for await (const entry of archive.eachEntry()) inspection.entry(entry);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw refused(`Its directory cannot be read: ${wordsOf(error)}.`);
  }
  inspection.finish();
}

const most = ({ mostEntries }: ArchiveLimits): string => `and ${String(mostEntries)} are taken at most.`;

class Inspection {
  #count = 0;
  #unpackedBytes = 0;
  readonly #names = new Set<string>();
  readonly #places: { readonly from: number; readonly to: number }[] = [];

  constructor(
    private readonly limits: ArchiveLimits,
    private readonly fileSize: number,
  ) {}

  entry(entry: Entry): void {
    this.#count += 1;
    if (this.#count > this.limits.mostEntries) throw refused(`It has more entries than it says, ${most(this.limits)}`);
    const name = entry.fileName;
    const fault = nameFault(name) ?? kindFault(entry) ?? sizeFault(entry, this.limits);
    if (fault !== undefined) throw refused(`Entry ${quoted(name)}: ${fault}`);
    const digest = createHash('sha256').update(name.toLowerCase()).digest('base64');
    if (this.#names.has(digest)) throw refused(`Entry ${quoted(name)}: its name is there twice.`);
    this.#names.add(digest);
    this.#unpackedBytes += entry.uncompressedSize;
    if (this.#unpackedBytes > this.limits.mostUnpackedBytes) {
      throw refused(`It unpacks to more than ${String(this.limits.mostUnpackedBytes)} bytes.`);
    }
    const from = entry.relativeOffsetOfLocalHeader;
    this.#places.push({ from, to: from + LOCAL_HEADER_BYTES + entry.fileNameLength + entry.compressedSize });
  }

  /** Two entries over the same bytes are how a small archive becomes a large one (Fifield, "A better zip bomb"). */
  finish(): void {
    if (this.#count === 0) throw refused('It is empty.');
    this.#places.sort((a, b) => a.from - b.from);
    let end = 0;
    for (const { from, to } of this.#places) {
      if (from < end) throw refused('Two of its entries overlap.');
      end = to;
    }
    if (end > this.fileSize) throw refused('An entry goes beyond its end.');
  }
}

function nameFault(name: string): string | undefined {
  if (name.length > LONGEST_NAME) return `its name is longer than ${String(LONGEST_NAME)} characters.`;
  if (/[/\\]/.test(name) || name.startsWith('..')) return 'names with folders are not taken.';
  if (hasControlCharacter(name)) return 'its name has control characters.';
  return /^[^.].*\.xml$/i.test(name) ? undefined : 'only FA(3) files called *.xml are taken, no archives within.';
}

/** C0, DEL and C1. */
const hasControlCharacter = (text: string): boolean =>
  Array.from(text, (character) => character.charCodeAt(0)).some(
    (code) => code < 0x20 || (code >= 0x7f && code <= 0x9f),
  );

function kindFault(entry: Entry): string | undefined {
  const type = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
  if (type !== PLAIN_FILE && type !== NO_TYPE) return 'links and special files are not taken.';
  if (entry.isEncrypted()) return 'encrypted entries are not taken.';
  const { compressionMethod } = entry;
  return compressionMethod === STORED || compressionMethod === DEFLATED
    ? undefined
    : `compression method ${String(compressionMethod)} is not taken.`;
}

function sizeFault({ compressedSize, uncompressedSize, compressionMethod }: Entry, limits: ArchiveLimits) {
  if (uncompressedSize > limits.mostEntryBytes || compressedSize > limits.mostEntryBytes) {
    return `it has more than ${String(limits.mostEntryBytes)} bytes.`;
  }
  if (compressionMethod === STORED && compressedSize !== uncompressedSize)
    return 'its two sizes contradict each other.';
  const isBomb = uncompressedSize > FREE_BYTES && uncompressedSize > MOST_RATIO * compressedSize;
  return isBomb ? `it unpacks to more than ${String(MOST_RATIO)} times its size.` : undefined;
}

/** The names come from a stranger. */
const quoted = (name: string): string => JSON.stringify(name.slice(0, LONGEST_NAME));

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message.slice(0, 200) : 'unknown');

export function refused(what: string): ProblemError {
  const detail = `${what} Nothing of the archive was issued.`;
  return new ProblemError(problem(422, 'ARCHIVE_REFUSED', 'This archive is not taken', detail));
}
