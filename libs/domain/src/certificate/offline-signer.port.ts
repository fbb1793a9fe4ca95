import type { InvoiceHash } from '../invoice/invoice-hash.js';
import type { Instant } from '../shared/instant.js';
import type { TenantId } from '../tenant/tenant.js';
import type { UnsignedKodII } from '../verification-code/kod-ii.js';
import type { OfflineCertificate } from './certificate.js';

export interface EvidenceSubject {
  /** Name of the file that the evidence speaks of, beside which it is verified. */
  readonly fileName: string;
  readonly hash: InvoiceHash;
  readonly signingTime: Instant;
}

/** Signs with a certificate of type Offline. Everything signed is verified with its public key before it is returned. */
export interface OfflineSigner {
  /**
   * RSASSA-PSS (SHA-256, salt 32) or ECDSA P-256 in IEEE P1363 form (DER where the installation asks for it), over the
   * ASCII text (ksef-docs kody-qr.md).
   * @throws SignerUnavailableError when the key cannot be used now
   */
  signKodII(tenant: TenantId, certificate: OfflineCertificate, text: UnsignedKodII): Promise<Uint8Array>;

  /**
   * XAdES-BES evidence (UTF-8 XML) as a detached signature over the exact bytes of the invoice, by name and digest.
   * It is never put into the invoice: FA(3) has no place for it and the hash would change.
   * @throws SignerUnavailableError when the key cannot be used now
   */
  signEvidence(tenant: TenantId, certificate: OfflineCertificate, subject: EvidenceSubject): Promise<Uint8Array>;
}

/** What is in the way, in words that may be shown to a caller: it names no key and no file. */
export type SignerTrouble =
  /** The key-encryption key is missing, or is not the one that the private key rests under. */
  | 'key-encryption-key'
  /** The private key, or what was made with it, does not fit the certificate. */
  | 'private-key'
  /** The token (HSM) with the private key is gone, slow, locked, or has no such key. */
  | 'token';

/** The key cannot be used now (key-encryption key missing or wrong, hardware gone): fail closed, nothing is issued. */
export class SignerUnavailableError extends Error {
  override readonly name = 'SignerUnavailableError';
  readonly trouble: SignerTrouble;

  constructor(message: string, options: ErrorOptions & { readonly trouble?: SignerTrouble } = {}) {
    const { trouble = 'private-key', ...rest } = options;
    super(message, rest);
    this.trouble = trouble;
  }
}
