import type { SealedPackage } from '@latarnik/domain';

import type { ArchiveFormat } from './archive-format.js';
import { tarGz } from './tar-gz.js';
import { zip } from './zip.js';

/** tar.gz is what KSeF recommends, and far smaller: it compresses over all invoices, ZIP each by itself (ADR 0017). */
export const ARCHIVE_FORMATS = {
  'tar.gz': tarGz,
  zip,
} as const satisfies Readonly<Record<SealedPackage['compression'], ArchiveFormat>>;
