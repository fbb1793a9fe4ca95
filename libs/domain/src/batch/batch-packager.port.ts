import type { InvoiceId } from '../invoice/invoice.js';
import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { BatchId, SealedPackage } from './batch.js';

/** An invoice as it goes into the package: named by its id, byte for byte as stored. */
export interface PackageEntry {
  readonly invoiceId: InvoiceId;
  readonly hash: InvoiceHash;
  readonly bytes: Uint8Array;
}

/** The archive did not hold what the database holds, or grew past KSeF's limits: a bug or a broken disk, not a retry. */
export class PackageCorruptError extends Error {
  override readonly name = 'PackageCorruptError';
}

/** The disk has no room for the package: nothing was left on it, and nothing is lost. Worth a retry later. */
export class PackageRoomError extends Error {
  override readonly name = 'PackageRoomError';
}

/** Packs, checks, splits and encrypts the invoices of a batch. */
export interface BatchPackager {
  /**
   * Writes the archive (entries named `<invoice id>.xml`), reads it back and compares every entry's hash, then
   * encrypts it under a fresh key (AES-256-CBC, PKCS#7) in parts on disk.
   * @param entries in the order of the package; each is read once
   * @throws PackageCorruptError, PackageRoomError
   */
  seal(batchId: BatchId, entries: AsyncIterable<PackageEntry>): Promise<SealedPackage>;

  /**
   * Files of the encrypted parts, by ordinal. When they are gone (another machine, a cleaned disk) they are made again
   * under the same key and compared with what was declared.
   * @throws PackageCorruptError, PackageRoomError
   * @returns `undefined` when the same bytes cannot be had again: the batch must be packed anew in a new session
   */
  files(
    batchId: BatchId,
    sealed: SealedPackage,
    entries: () => AsyncIterable<PackageEntry>,
  ): Promise<ReadonlyMap<number, string> | undefined>;

  /** Removes what is on disk. Safe to repeat. */
  discard(batchId: BatchId): Promise<void>;
}
