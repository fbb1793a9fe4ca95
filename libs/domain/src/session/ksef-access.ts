import type { ContextIdentifier } from '../party/context-identifier.js';
import type { TenantId } from '../tenant/tenant.js';

/** In whose name a call to KSeF is made: the tenant owns the certificate, KSeF knows the context. */
export interface KsefAccess {
  readonly tenant: TenantId;
  readonly context: ContextIdentifier;
}

/**
 * No call could be made in this context: no usable Authentication certificate, or KSeF refused the login, or it refused
 * a read because a right is missing (403). Nothing was done. A definite answer that a person mends, not a transport failure.
 */
export class KsefLoginError extends Error {
  override readonly name = 'KsefLoginError';
  constructor(
    readonly code: 'NO_AUTHENTICATION_CERTIFICATE' | 'LOGIN_REFUSED' | 'ACCESS_REFUSED',
    message: string,
  ) {
    super(message);
  }
}

/** KSeF could not be asked (connection, timeout, 5xx, an answer outside the contract). A read may simply be repeated. */
export class KsefUnreachableError extends Error {
  override readonly name = 'KsefUnreachableError';
}

/** A limit of KSeF was reached; wait at least this long. */
export class KsefThrottledError extends Error {
  override readonly name = 'KsefThrottledError';
  constructor(readonly retryAfterSeconds: number) {
    super(`KSeF asks to wait ${String(retryAfterSeconds)} s`);
  }
}

/** Whether a call ended without any word of KSeF on what was asked: it may be asked again later. */
export const isNoAnswer = (error: unknown): error is KsefUnreachableError | KsefThrottledError | KsefLoginError =>
  error instanceof KsefUnreachableError || error instanceof KsefThrottledError || error instanceof KsefLoginError;
