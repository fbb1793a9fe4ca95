import type { SealedPackage } from '@latarnik/domain';

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

/** A kind of archive. Writing the same entries gives the same bytes, on the same build of the compressor. */
export interface ArchiveFormat {
  readonly compression: SealedPackage['compression'];
  /**
   * Writes the entries as they come, in constant memory, and syncs the file.
   * @throws ArchiveTooLargeError as soon as the archive has more than `maxBytes`
   */
  write(entries: AsyncIterable<NamedBytes>, file: string, maxBytes: number): Promise<void>;
  /** Reads the whole archive back, in order. @throws when it is not a sound archive */
  read(file: string): AsyncIterable<ArchivedEntry>;
}

export class ArchiveTooLargeError extends Error {
  override readonly name = 'ArchiveTooLargeError';
}
