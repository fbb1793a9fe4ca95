import type { StoredInvoice } from '../invoice/invoice-repository.port.js';
import type { StoredProof } from '../tracking/upo-documents.port.js';
import type { LegalRecords } from '../legal-situation/legal-archive.port.js';
import type { Instant } from '../shared/instant.js';
import type { TenantStores } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';

/** One file of an evidence package. */
export interface EvidenceEntry {
  /** Relative, with `/`: lower-case letters, digits, `.`, `-` and one level of folders. */
  readonly path: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** What it is, for the reader of the package. */
  readonly what: { readonly pl: string; readonly en: string };
}

/** What a package is about, as it was read in one transaction. */
export interface PackagedInvoice {
  readonly tenant: TenantId;
  readonly stored: StoredInvoice;
  readonly legal: LegalRecords;
  /** Absent while KSeF has not given one. */
  readonly proof: StoredProof | undefined;
  /** When the package is made. */
  readonly at: Instant;
}

/**
 * Gives files of one kind for a package; none where the invoice has none. A further provider is all that a further kind
 * of file needs (docs/extending.md). Reads only: it runs inside the transaction of the export.
 */
export interface EvidenceProvider {
  entries(subject: PackagedInvoice, stores: TenantStores): Promise<readonly EvidenceEntry[]>;
}
