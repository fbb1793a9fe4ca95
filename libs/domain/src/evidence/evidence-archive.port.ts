import type { Instant } from '../shared/instant.js';
import type { EvidenceEntry } from './evidence-entry.js';

/** Puts files into one that any machine can open. */
export interface EvidenceArchive {
  /** A ZIP archive with these files, in their order. @param at the date of the files in it */
  pack(entries: readonly Pick<EvidenceEntry, 'path' | 'bytes'>[], at: Instant): Promise<Uint8Array>;
}
