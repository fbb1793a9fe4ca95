import type { KsefAccess } from '../session/ksef-access.js';
import type { KsefCallRefusal } from '../session/interactive-session.port.js';
import type { Attempt } from '../shared/attempt.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import type { Result } from '../shared/result.js';
import type { Certificate, CertificateSerial } from './certificate.js';

/** KSeF's number of an application for a certificate. */
export type EnrolmentReference = Brand<string, 'EnrolmentReference'>;

/** A limit of KSeF and what is left of it now. */
export interface CertificateLimit {
  readonly limit: number;
  readonly remaining: number;
}

/** Limits of whoever logs in, whatever the context (domain rules 5: NIP 300 and 100, PESEL and fingerprint 12 and 6). */
export interface CertificateLimits {
  /** KSeF's own word on whether an application would be taken now. */
  readonly canRequest: boolean;
  /** Applications, whatever became of them. */
  readonly enrolments: CertificateLimit;
  /** Certificates that are active. */
  readonly certificates: CertificateLimit;
}

/**
 * The subject that an application must have, attribute by attribute and nothing else (ksef-docs certyfikaty-KSeF.md §2).
 * Read by KSeF from the certificate that logged in.
 */
export interface EnrolmentData {
  readonly commonName: string;
  readonly countryName: string;
  readonly givenName?: string;
  readonly surname?: string;
  readonly serialNumber?: string;
  readonly uniqueIdentifier?: string;
  readonly organizationName?: string;
  readonly organizationIdentifier?: string;
}

/** Names of KSeF: 5 to 100 Polish letters, digits, `_`, `-` and spaces (OpenAPI EnrollCertificateRequest). */
export type CertificateName = Brand<string, 'CertificateName'>;

export function parseCertificateName(
  text: string,
): Result<CertificateName, { readonly code: 'INVALID_CERTIFICATE_NAME' }> {
  return /^[a-zA-Z0-9_ ąćęłńóśźżĄĆĘŁŃÓŚŹŻ-]{5,100}$/.test(text)
    ? { ok: true, value: text as CertificateName }
    : { ok: false, error: { code: 'INVALID_CERTIFICATE_NAME' } };
}

export interface EnrolmentRequest {
  readonly name: CertificateName;
  readonly type: Certificate['purpose'];
  /** PKCS#10, DER, signed with the key it names: RSA 2048 or EC P-256. */
  readonly csr: Uint8Array;
  /** Start of validity; without it the moment of issue. */
  readonly validFrom?: Instant;
}

/** KSeF took the application; whether it grants it shows in the status. */
export interface EnrolmentReceipt {
  readonly reference: EnrolmentReference;
  readonly requestedAt: Instant;
}

/** KSeF's numbered refusals about certificates, by name (domain rules 5: 25001 to 25011). */
export type CertificateRefusalCode =
  /** 25001: this login has no data to apply with. */
  | 'ENROLMENT_DATA_UNAVAILABLE'
  /** 25002: this way of logging in may not apply (a KSeF token, for one). */
  | 'ENROLMENT_NOT_ALLOWED'
  /** 25003 */
  | 'CSR_SUBJECT_DIFFERS'
  /** 25004 */
  | 'CSR_UNREADABLE'
  /** 25005 */
  | 'ENROLMENT_UNKNOWN'
  /** 25006: applications */
  | 'ENROLMENT_LIMIT_REACHED'
  /** 25007: active certificates */
  | 'CERTIFICATE_LIMIT_REACHED'
  /** 25008: none such, or of another subject */
  | 'CERTIFICATE_UNKNOWN'
  /** 25009: revoked, blocked or expired already */
  | 'CERTIFICATE_NOT_ACTIVE'
  /** 25010: kind or length of the key */
  | 'KEY_NOT_ALLOWED'
  /** 25011: algorithm of the request's signature */
  | 'CSR_SIGNATURE_NOT_ALLOWED';

export interface CertificateRefusal {
  readonly code: CertificateRefusalCode;
  readonly ksefCode: number;
  /** KSeF's words. */
  readonly description: string;
}

export type CertificateCallRefusal = CertificateRefusal | KsefCallRefusal;

/** Where an application stands. `rejected`, `failed` and `issued` are final. */
export type EnrolmentStatus =
  | { readonly state: 'processing' }
  | { readonly state: 'issued'; readonly serial: CertificateSerial; readonly requestedAt: Instant }
  /** 400: the key is certified for another subject, or the limit of certificates was reached; in KSeF's words. */
  | { readonly state: 'rejected'; readonly description: string; readonly details: readonly string[] }
  /** 500, 550 or a code not known today: KSeF failed; another application may succeed. */
  | {
      readonly state: 'failed';
      readonly ksefCode: number;
      readonly description: string;
      readonly details: readonly string[];
    }
  /** 25005: KSeF has no such application of this subject. */
  | { readonly state: 'unknown-reference' }
  /** HTTP 410: kept for 30 days only. */
  | { readonly state: 'forgotten' };

/** `blocked` lasts until a revocation is carried through. */
export type KsefCertificateState = 'active' | 'blocked' | 'revoked' | 'expired';

/** A certificate as KSeF's list shows it. */
export interface KsefCertificateEntry {
  readonly serial: CertificateSerial;
  readonly name: string;
  readonly type: Certificate['purpose'];
  readonly state: KsefCertificateState;
  readonly commonName: string;
  readonly subject: { readonly type: 'Nip' | 'Pesel' | 'Fingerprint'; readonly value: string };
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly requestedAt: Instant;
  readonly lastUsedAt?: Instant;
}

export interface RetrievedCertificate {
  readonly serial: CertificateSerial;
  readonly name: string;
  readonly type: Certificate['purpose'];
  /** X.509, DER; its serial number is `serial`. */
  readonly der: Uint8Array;
}

export type RevocationReason = 'unspecified' | 'superseded' | 'key-compromise';

/**
 * KSeF certificates of whoever logs in; the context of the login plays no part (ksef-docs certyfikaty-KSeF.md). Reads
 * throw when there is no answer and are simply repeated:
 * @throws KsefUnreachableError, KsefThrottledError, KsefLoginError from every method, unless it says otherwise
 */
export interface KsefCertificates {
  limits(access: KsefAccess): Promise<CertificateLimits>;

  enrolmentData(access: KsefAccess): Promise<Result<EnrolmentData, CertificateRefusal>>;

  /**
   * `unknown`: look for a certificate with the key of the request before another application is made.
   * @throws KsefThrottledError, KsefLoginError; then KSeF took nothing
   */
  enrol(access: KsefAccess, request: EnrolmentRequest): Promise<Attempt<EnrolmentReceipt, CertificateCallRefusal>>;

  enrolmentStatus(access: KsefAccess, reference: EnrolmentReference): Promise<EnrolmentStatus>;

  /** Those of the wanted certificates that KSeF has for this subject, in no particular order. */
  retrieve(access: KsefAccess, serials: readonly CertificateSerial[]): Promise<readonly RetrievedCertificate[]>;

  /** Every certificate of the subject, the latest application first. */
  list(access: KsefAccess): Promise<readonly KsefCertificateEntry[]>;

  /**
   * Final for the certificate: codes that it signed fail when scanned from then on. `unknown`: read the list.
   * @throws KsefThrottledError, KsefLoginError; then KSeF did nothing
   */
  revoke(
    access: KsefAccess,
    serial: CertificateSerial,
    reason: RevocationReason,
  ): Promise<Attempt<void, CertificateCallRefusal>>;
}
