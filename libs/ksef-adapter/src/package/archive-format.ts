import type { SealedPackage } from '@latarnik/domain';

import type { FileFacts } from './disk.js';
import type { SpoolFile } from './spool-file.js';

/** What an archive holds, in its order: enough to compare it with, without the bytes. */
export interface ArchivedEntry {
  readonly name: string;
  readonly sizeBytes: number;
  /** SHA-256, Base64. */
  readonly sha256: string;
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A kind of archive. The same entries give the same bytes, on the same build of the compressor. */
export interface ArchiveFormat {
  readonly compression: SealedPackage['compression'];
  /** The archive's bytes, in constant memory: an entry is asked for when the one before it is in. */
  write(entries: AsyncIterable<NamedBytes>): AsyncIterable<Uint8Array>;
  /**
   * Reads the archive back from disk, from its first byte to its last; may begin while it is still written. Entries come in
   * their order, some at a time.
   * @param limits what is read at most: an archive that holds more is not ours (S13)
   * @param whole told what the file was, once all of it was read
   * @throws when it is not a sound archive
   */
  read(
    archive: SpoolFile,
    limits: ReadLimits,
    whole: (facts: FileFacts) => void,
  ): AsyncIterable<readonly ArchivedEntry[]>;
}

export interface ReadLimits {
  readonly entries: number;
  readonly entryBytes: number;
}
