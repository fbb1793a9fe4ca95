import { createHash } from 'node:crypto';
import { invoiceHashFromBytes, type Hasher, type InvoiceHash } from '@latarnik/domain';

/** SHA-256 of node:crypto (OpenSSL). */
export class Sha256Hasher implements Hasher {
  hash(bytes: Uint8Array): InvoiceHash {
    return invoiceHashFromBytes(Uint8Array.from(createHash('sha256').update(bytes).digest()));
  }
}
