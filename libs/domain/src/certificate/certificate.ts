import { sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Brand } from '../shared/brand.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import { endOf, isWithdrawn, isWithdrawnAtKsef, typeDiffers, type RemoteStatus } from './lifecycle/remote-status.js';
import type { Revocation } from './lifecycle/revocation.js';

export type CertificateId = Brand<string, 'CertificateId'>;

/** Serial of a KSeF certificate: 16 upper-case hexadecimal digits, leading zeros kept. */
export type CertificateSerial = Brand<string, 'CertificateSerial'>;

export function parseCertificateSerial(text: string): Result<CertificateSerial, { readonly code: 'INVALID_SERIAL' }> {
  return /^[0-9A-F]{16}$/.test(text) ? ok(text as CertificateSerial) : err({ code: 'INVALID_SERIAL' });
}

/** A private key as it rests in the database: readable only with the key-encryption key. Never the key itself. */
export type SealedKey = Brand<Uint8Array, 'SealedKey'>;

interface KsefCertificate {
  readonly id: CertificateId;
  readonly context: ContextIdentifier;
  readonly serial: CertificateSerial;
  readonly keyAlgorithm: 'rsa' | 'ec-p256';
  /** X.509, DER. */
  readonly der: Uint8Array;
  readonly subject: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly sealedKey: SealedKey;
  /** Taken out of use at this moment; kept, because invoices carry codes that it signed. */
  readonly retiredAt?: Instant;
  /** As KSeF showed it last; absent until it was looked for. */
  readonly remote?: RemoteStatus;
  /** Absent until somebody asked for it. */
  readonly revocation?: Revocation;
}

/** Signs KOD II and evidence (key usage non-repudiation). Cannot log in. Accountants call it the signing certificate. */
export interface OfflineCertificate extends KsefCertificate {
  readonly purpose: 'offline';
}

/** Signs logins (key usage digital signature). Must not sign KOD II. */
export interface AuthenticationCertificate extends KsefCertificate {
  readonly purpose: 'authentication';
}

export type Certificate = OfflineCertificate | AuthenticationCertificate;

/** Not issued with in the last day of its life: KSeF checks KOD II when it is scanned (reliability A9). */
const LEAST_REMAINING_HOURS = 24;

/**
 * The certificate to use now: not retired, not withdrawn at KSeF, not of another type there, valid, with a day left, and
 * of those the one that lives longest.
 */
export function usableAt<C extends Certificate>(certificates: readonly C[], now: Instant): C | undefined {
  return longestLived(
    certificates.filter((certificate) => !isWithdrawn(certificate)),
    now,
  );
}

/**
 * The certificate to log in with. When there is no other, one whose revocation is wished and not yet carried out: else
 * nobody could tell KSeF to revoke the only one. It signs nothing but that login.
 */
export function loginCertificateAt(
  certificates: readonly AuthenticationCertificate[],
  now: Instant,
): AuthenticationCertificate | undefined {
  const isOnlyWished = (certificate: Certificate): boolean =>
    certificate.revocation?.state === 'sending' && !isWithdrawnAtKsef(certificate);
  return usableAt(certificates, now) ?? longestLived(certificates.filter(isOnlyWished), now);
}

function longestLived<C extends Certificate>(certificates: readonly C[], now: Instant): C | undefined {
  const soon = now.add({ hours: LEAST_REMAINING_HOURS }).epochMilliseconds;
  return certificates
    .filter(
      (certificate) =>
        certificate.retiredAt === undefined &&
        !typeDiffers(certificate) &&
        certificate.notBefore.epochMilliseconds <= now.epochMilliseconds &&
        endOf(certificate).epochMilliseconds > soon,
    )
    .sort((a, b) => endOf(b).epochMilliseconds - endOf(a).epochMilliseconds)[0];
}

/** The certificate of a context to use now for one purpose, of all that a tenant has. */
export function usableFor<P extends Certificate['purpose']>(
  certificates: readonly Certificate[],
  purpose: P,
  context: ContextIdentifier,
  now: Instant,
): Extract<Certificate, { purpose: P }> | undefined {
  const isOfPurpose = (certificate: Certificate): certificate is Extract<Certificate, { purpose: P }> =>
    certificate.purpose === purpose;
  return usableAt(
    certificates.filter(isOfPurpose).filter((own) => sameContext(own.context, context)),
    now,
  );
}
