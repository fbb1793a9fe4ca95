import type { Instant } from '../../shared/instant.js';
import type { Certificate } from '../certificate.js';
import type { KsefCertificateState } from '../ksef-certificates.port.js';

/** `unknown`: KSeF's list of this subject does not have it, which is so for a certificate of another subject. */
export type RemoteState = KsefCertificateState | 'unknown';

/** A certificate as KSeF's list showed it. */
export interface RemoteStatus {
  readonly state: RemoteState;
  /** When the list was asked for. */
  readonly syncedAt: Instant;
  /** What KSeF says it is; absent when unknown. Of another type than the key usage says it is not used. */
  readonly type?: Certificate['purpose'];
  /** KSeF may let it end before the certificate itself says so (test data do); absent when unknown. */
  readonly notAfter?: Instant;
}

type Standing = Pick<Certificate, 'notAfter' | 'remote' | 'revocation'>;

/** KSeF revoked it or is about to, or was asked to: while the answer is awaited it counts as revoked. */
export function isRevoked({ remote, revocation }: Standing): boolean {
  if (revocation !== undefined && revocation.state !== 'refused') return true;
  return remote?.state === 'blocked' || remote?.state === 'revoked';
}

/** KSeF no longer honours it. */
export const isWithdrawn = (certificate: Standing): boolean =>
  isRevoked(certificate) || certificate.remote?.state === 'expired';

/** KSeF's list says that it no longer honours it, whatever is wished here. */
export const isWithdrawnAtKsef = ({ remote }: Pick<Standing, 'remote'>): boolean =>
  remote?.state === 'blocked' || remote?.state === 'revoked' || remote?.state === 'expired';

/** The end of its validity: its own or KSeF's, whichever is earlier. KSeF checks KOD II against its own record. */
export function endOf({ notAfter, remote }: Standing): Instant {
  const said = remote?.notAfter;
  return said !== undefined && said.epochMilliseconds < notAfter.epochMilliseconds ? said : notAfter;
}

/** KSeF lists it under the type that its key usage does not name: what KSeF would refuse is not used. */
export const typeDiffers = ({ purpose, remote }: Pick<Certificate, 'purpose' | 'remote'>): boolean =>
  remote?.type !== undefined && remote.type !== purpose;
