import { fromBase64, toBase64, toBase64Url } from '../shared/base64.js';
import type { Brand } from '../shared/brand.js';

/**
 * SHA-256 (skrót faktury) over the exact bytes of the FA(3) file: one and the same in KOD I, KOD II, the XAdES
 * evidence, the batch and KSeF's answer. 32 bytes; the encoding is chosen at the edge.
 */
export type InvoiceHash = Brand<Uint8Array, 'InvoiceHash'>;

export function invoiceHashFromBytes(bytes: Uint8Array): InvoiceHash {
  if (bytes.length !== 32) throw new Error(`an invoice hash has 32 bytes, not ${String(bytes.length)}`);
  return bytes as InvoiceHash;
}

/** `undefined` when the text is not the padded Base64 of 32 bytes. */
export function invoiceHashFromBase64(text: string): InvoiceHash | undefined {
  const bytes = fromBase64(text);
  return bytes?.length === 32 ? (bytes as InvoiceHash) : undefined;
}

/** As the API's `invoiceHash`: 44 characters. */
export const hashToBase64 = (hash: InvoiceHash): string => toBase64(hash);
/** As in the verification links: 43 characters. */
export const hashToBase64Url = (hash: InvoiceHash): string => toBase64Url(hash);

export function sameHash(a: InvoiceHash, b: InvoiceHash): boolean {
  return a.every((byte, at) => byte === b[at]);
}
