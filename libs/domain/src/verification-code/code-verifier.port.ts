import type { UnsignedKodII } from './kod-ii.js';

/** Checks signatures of KOD II as KSeF does when the code is scanned, without the private key. */
export interface CodeVerifier {
  /**
   * Whether the signature is good for the text by the public key of the certificate: RSASSA-PSS (SHA-256, MGF1 with
   * SHA-256, salt of exactly 32 bytes), or ECDSA P-256 with SHA-256 in IEEE P1363 or DER form (domain rules 3.3).
   *
   * @param certificateDer X.509, DER
   * @throws Error when the certificate cannot be read or its key is of no kind that KSeF certifies
   */
  verifies(certificateDer: Uint8Array, text: UnsignedKodII, signature: Uint8Array): boolean;
}

/** Name under which a container binds the port. */
export const CODE_VERIFIER = Symbol.for('latarnik/CodeVerifier');
