import type { Result } from '../shared/result.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Certificate } from './certificate.js';

/**
 * A certificate with its private key, as a person has it on disk. Everything secret in it is bytes and not text, so
 * that it can be overwritten.
 */
export type KeyFile =
  | {
      readonly kind: 'pem';
      /** X.509, one or a chain in any order. */
      readonly certificate: Uint8Array;
      /** One PKCS#8, PKCS#1 or SEC1 key, encrypted or not. */
      readonly key: Uint8Array;
      /** UTF-8; ignored when the key is not encrypted. */
      readonly password?: Uint8Array;
    }
  | {
      readonly kind: 'pkcs12';
      readonly bytes: Uint8Array;
      /** UTF-8; may be empty. */
      readonly password: Uint8Array;
    };

/** What of a file cannot be read: `file` is a PKCS#12 file as a whole. */
export type KeyFilePart = 'file' | 'certificate' | 'key';

/** Why a file is refused. Details are words of ours: what a library says may quote what it read. */
export type KeyFileRefusal =
  | { readonly code: 'FILE_TOO_LARGE'; readonly largestBytes: number }
  | { readonly code: 'FILE_UNREADABLE'; readonly part: KeyFilePart; readonly detail: string }
  /** Reading it would take, or took, more than one file may. */
  | { readonly code: 'FILE_TOO_COSTLY'; readonly limit: 'iterations' | 'contents' | 'time' | 'memory' }
  | { readonly code: 'ENCRYPTION_NOT_SUPPORTED'; readonly found: string }
  | { readonly code: 'PASSWORD_MISSING' }
  | { readonly code: 'PASSWORD_WRONG' }
  | { readonly code: 'CERTIFICATE_MISSING' }
  | { readonly code: 'SEVERAL_CERTIFICATES'; readonly count: number }
  | { readonly code: 'KEY_MISSING' }
  | { readonly code: 'SEVERAL_KEYS'; readonly count: number }
  | { readonly code: 'KEY_DOES_NOT_MATCH' }
  | { readonly code: 'KEY_NOT_SUPPORTED'; readonly found: string };

export type ImportRefusal =
  | KeyFileRefusal
  /** Too many files are being read; nothing is wrong with this one. */
  | { readonly code: 'IMPORT_BUSY'; readonly retryAfterSeconds: number }
  /** @see domain-rules 5: key usage is non-repudiation (Offline) or digital signature (Authentication), never both */
  | { readonly code: 'PURPOSE_UNKNOWN'; readonly keyUsage: readonly string[] }
  | { readonly code: 'SERIAL_NOT_KSEF'; readonly serialDecimal: string };

/** What is read out of a certificate file; the caller adds the context and an id and stores it. */
export type ImportedCertificate = Pick<
  Certificate,
  'purpose' | 'serial' | 'keyAlgorithm' | 'der' | 'subject' | 'notBefore' | 'notAfter' | 'sealedKey'
> & {
  /** NIP in the subject (organizationIdentifier `VATPL-…`), where there is one: a person's certificate has none. */
  readonly subjectNip?: string;
};

/** Reads a certificate with its private key and seals the key for storage. */
export interface CertificateImporter {
  /**
   * Takes RSA keys of 2048 to 4096 bits and EC P-256. Of a chain it takes the certificate that the key belongs to.
   *
   * @param owner becomes part of the seal: a sealed key moved to another tenant cannot be opened
   * @param file given away: its secret bytes (key, PKCS#12 file, password) are zero afterwards, whatever the outcome
   */
  read(
    owner: { readonly tenant: TenantId; readonly certificateId: string },
    file: KeyFile,
  ): Promise<Result<ImportedCertificate, ImportRefusal>>;
}
