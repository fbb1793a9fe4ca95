import type { FormCode } from '../invoice/invoice-facts.js';
import type { KsefAccess } from '../session/ksef-access.js';
import type { KsefCallRefusal } from '../session/interactive-session.port.js';
import type { SessionReference } from '../session/session-reference.js';
import type { Attempt } from '../shared/attempt.js';
import type { Part, SealedPackage, UploadTarget } from './batch.js';

export interface OpenedSession {
  readonly reference: SessionReference;
  readonly targets: readonly UploadTarget[];
}

export type OpenRefusal =
  | KsefCallRefusal
  /** KSeF no longer takes keys wrapped with the public key we used (21470): pack anew. */
  | { readonly code: 'PUBLIC_KEY_WITHDRAWN' };

export type UploadRefusal =
  /** The time for uploads is over, or the address does not allow writing. */
  | { readonly code: 'UPLOAD_WINDOW_CLOSED' }
  | { readonly code: 'UPLOAD_REJECTED'; readonly httpStatus: number }
  /** The address is not one of KSeF's environment: nothing was sent (reliability C16). */
  | { readonly code: 'UPLOAD_TARGET_FORBIDDEN' };

/** The calls of a batch session (sesja wsadowa). Methods throw KsefThrottledError and KsefLoginError. */
export interface BatchSessions {
  /** Declares the package; the session key is opened from its seal and wrapped with KSeF's public key. */
  open(access: KsefAccess, formCode: FormCode, sealed: SealedPackage): Promise<Attempt<OpenedSession, OpenRefusal>>;
  /** Sends one encrypted part from its file, without any token. Safe to repeat with the same part. */
  uploadPart(target: UploadTarget, part: Part, file: string): Promise<Attempt<void, UploadRefusal>>;
  /** `unknown` is resolved by the session's status, never by sending the invoices elsewhere (reliability C21). */
  close(access: KsefAccess, session: SessionReference): Promise<Attempt<void, KsefCallRefusal>>;
  /** KSeF could not open what we wrapped (415, 435): its list of public keys is read anew before the next use. */
  readKeysAnew(): Promise<void>;
}
