import type { CertificateId } from '../certificate/certificate.js';
import type { RevocationReason } from '../certificate/ksef-certificates.port.js';
import type { Instant } from '../shared/instant.js';

/** What one person asks for and another one lets happen (reliability S8). */
export type GuardedAction =
  | {
      readonly kind: 'deadline-policy';
      readonly policy: string;
      readonly reading: string;
      readonly author: string;
      readonly reason: string;
    }
  | { readonly kind: 'certificate-retirement'; readonly certificateId: CertificateId }
  | {
      readonly kind: 'certificate-revocation';
      readonly certificateId: CertificateId;
      readonly reason: RevocationReason;
      readonly person: string;
    };

/** `two-persons`: who asks does not approve. `one-person`: nothing is asked for, it is done. */
export type ApprovalPolicy = 'two-persons' | 'one-person';

/** Who says something: a name, and the credential it came with. */
export interface ApprovalVoice {
  readonly person: string;
  readonly actor: string;
  readonly at: Instant;
}

interface Asked {
  readonly id: string;
  readonly action: GuardedAction;
  readonly proposed: ApprovalVoice;
}

export type Approval =
  | (Asked & { readonly state: 'proposed' })
  | (Asked & { readonly state: 'rejected'; readonly decided: ApprovalVoice; readonly reason: string })
  /** Let happen, and being done; after a crash the next approval goes on with it. */
  | (Asked & { readonly state: 'approved'; readonly decided: ApprovalVoice })
  | (Asked & { readonly state: 'done'; readonly decided: ApprovalVoice })
  /** Let happen, and could not be: `code` says why. */
  | (Asked & { readonly state: 'refused'; readonly decided: ApprovalVoice; readonly code: string });

export type ApprovalState = Approval['state'];

/** The whole lifecycle. A test holds the use cases, and the database, to this table. */
export const APPROVAL_TRANSITIONS = {
  proposed: ['rejected', 'approved'],
  rejected: [],
  approved: ['done', 'refused'],
  done: [],
  refused: [],
} as const satisfies Record<ApprovalState, readonly ApprovalState[]>;

/** The approvals of one tenant. */
export interface ApprovalBook {
  add(approval: Approval): Promise<void>;
  find(id: string): Promise<Approval | undefined>;
  /** Newest first. */
  list(limit: number, after: string | undefined): Promise<readonly Approval[]>;
  /** Those in state `proposed`, for the same action. */
  open(action: GuardedAction): Promise<Approval | undefined>;
  /** @returns false when it is no longer in state `from` */
  save(approval: Approval, from: ApprovalState): Promise<boolean>;
}
