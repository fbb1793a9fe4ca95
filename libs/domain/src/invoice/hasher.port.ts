import type { InvoiceHash } from './invoice-hash.js';

/** SHA-256 over exact bytes. */
export interface Hasher {
  hash(bytes: Uint8Array): InvoiceHash;
}
