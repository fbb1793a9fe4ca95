import { createHash } from 'node:crypto';
import type { Hasher } from '../invoice/hasher.port.js';
import { invoiceHashFromBytes, type InvoiceHash } from '../invoice/invoice-hash.js';

export function sha256(bytes: Uint8Array): InvoiceHash {
  return invoiceHashFromBytes(new Uint8Array(createHash('sha256').update(bytes).digest()));
}

export const sha256Base64 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** The real hash function: nothing about it is worth faking. */
export const nodeHasher: Hasher = { hash: sha256 };
