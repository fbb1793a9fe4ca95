import type { Instant } from '../../shared/instant.js';
import type { CertificateCallRefusal, RevocationReason } from '../ksef-certificates.port.js';

/** What a person asked for; stored before KSeF hears of it. */
export interface RevocationIntent {
  readonly reason: RevocationReason;
  /** Who answers for it, by name. */
  readonly person: string;
  readonly requestedAt: Instant;
}

/** KSeF was told, or was about to be, and nobody knows what it did: its list will tell. */
export interface SendingRevocation extends RevocationIntent {
  readonly state: 'sending';
}

/** KSeF blocked it, which ends in `revoked`. */
export interface CarriedOutRevocation extends RevocationIntent {
  readonly state: 'done';
  readonly settledAt: Instant;
}

/** KSeF said no: nothing changed there, and it may be asked again. */
export interface RefusedRevocation extends RevocationIntent {
  readonly state: 'refused';
  readonly settledAt: Instant;
  readonly refusal: CertificateCallRefusal;
}

export type Revocation = SendingRevocation | CarriedOutRevocation | RefusedRevocation;

/** The whole lifecycle; the database holds rows to it. */
export const REVOCATION_TRANSITIONS = {
  sending: ['done', 'refused'],
  refused: ['sending'],
  done: [],
} as const satisfies Record<Revocation['state'], readonly Revocation['state'][]>;
