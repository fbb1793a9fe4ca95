import type { ArchiveEntry } from './archive-file.js';

/** What an export found. */
export interface Selection {
  /** The invoices, named by KSeF number, and `_metadata.json`. */
  readonly files: readonly ArchiveEntry[];
  readonly invoiceCount: number;
  readonly isTruncated: boolean;
  /** Which date of the last invoice the next export starts from, when truncated. */
  readonly lastDate: Readonly<Record<string, string>>;
  /** ISO 8601; undefined unless dates are those of permanent storage. */
  readonly permanentStorageHwmDate: string | undefined;
}
