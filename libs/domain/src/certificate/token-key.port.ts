import type { Result } from '../shared/result.js';
import type { TenantId } from '../tenant/tenant.js';
import type { ImportedCertificate } from './certificate-importer.port.js';
import type { CertificateSerial } from './certificate.js';

/** A certificate whose private key is in a hardware token and stays there. Nothing in it is secret. */
export interface TokenKey {
  readonly kind: 'pkcs11';
  /** X.509, PEM or DER. */
  readonly certificate: Uint8Array;
  /** RFC 7512 without PIN and module, such as `pkcs11:token=latarnik;object=offline;id=%01`. */
  readonly reference: string;
}

export type TokenKeyRefusal =
  /** This installation has no PKCS#11 module. */
  | { readonly code: 'NO_TOKEN' }
  | { readonly code: 'REFERENCE_INVALID'; readonly detail: string }
  | { readonly code: 'CERTIFICATE_UNREADABLE' }
  /** The token has no such key, or several. */
  | { readonly code: 'TOKEN_KEY_NOT_FOUND'; readonly found: number }
  | { readonly code: 'KEY_DOES_NOT_MATCH' }
  | { readonly code: 'KEY_NOT_SUPPORTED'; readonly found: string }
  | { readonly code: 'PURPOSE_UNKNOWN'; readonly keyUsage: readonly string[] }
  | { readonly code: 'SERIAL_NOT_KSEF'; readonly serialDecimal: string };

/** That the token signed, to prove that it has the key of this certificate. */
export interface TokenKeyUse {
  readonly serial: CertificateSerial;
  /** SHA-256 of the certificate (DER), hexadecimal. */
  readonly fingerprint: string;
}

/** Takes a certificate whose key is in a token. Its `sealedKey` holds the sealed reference. */
export interface TokenCertificateImporter {
  /**
   * The token signs once to prove that it has the key of the certificate.
   *
   * @param signed told as soon as the token has signed, whatever comes of it, and waited for; what it throws ends the import
   * @param owner becomes part of the seal, as with a key from a file
   * @throws SignerUnavailableError when the token cannot be asked now, SecretBoxError when nothing can be sealed
   */
  read(
    owner: { readonly tenant: TenantId; readonly certificateId: string },
    key: TokenKey,
    signed: (use: TokenKeyUse) => Promise<void>,
  ): Promise<Result<ImportedCertificate, TokenKeyRefusal>>;
}
