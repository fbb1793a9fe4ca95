import type { UpoEntry } from './session-reader.port.js';

/** Why a signature was not checked. */
export type UpoUnchecked = 'no-trust-configured' | 'unsigned' | 'signer-unknown';

/** What is known of the signature (pieczęć) on a UPO; stored beside it and shown. */
export type UpoSignature =
  | {
      readonly verdict: 'valid';
      /** Subject of the signer's certificate. */
      readonly signer: string;
      /** SHA-256 of that certificate, Base64. */
      readonly certificateSha256: string;
      /** What the signer says (xades:SigningTime); absent where it says nothing. */
      readonly signedAt?: string;
    }
  | { readonly verdict: 'not-checked'; readonly reason: UpoUnchecked };

/** The outcome of a check: `refused` is no proof of anything. */
export type UpoCheck =
  | {
      readonly signature: Extract<UpoSignature, { verdict: 'valid' }>;
      /** Read from the signed bytes alone: nothing else of the document counts (reliability S12). */
      readonly entries: readonly UpoEntry[];
    }
  | { readonly signature: Extract<UpoSignature, { verdict: 'not-checked' }> }
  | { readonly refused: string };

/** Checks the XAdES signature of a UPO against configured certificates. Never throws on a document. */
export interface UpoVerifier {
  check(upo: Uint8Array): UpoCheck;
}
