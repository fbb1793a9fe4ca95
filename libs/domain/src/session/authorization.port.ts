import type { Instant } from '../shared/instant.js';
import type { KsefAccess } from './ksef-access.js';

/**
 * How an attempt to log in ended. `refused`: KSeF said no. `unreachable`: KSeF gave no answer to rely on. `no-certificate`:
 * nothing to log in with. `not-now`: nothing was tried, or KSeF asks to wait.
 */
export interface AuthorizationOutcome {
  readonly outcome: 'authorized' | 'refused' | 'unreachable' | 'no-certificate' | 'not-now';
  /** For a person. */
  readonly detail: string;
  readonly triedAt: Instant;
}

/** Tries whether KSeF lets a context in: a real login, not a token in memory. */
export interface Authorization {
  /**
   * At most one attempt per tenant and context in 10 seconds: within that time the last outcome is given again, and whoever
   * asks during an attempt gets its outcome. Takes at most 20 seconds.
   */
  attempt(access: KsefAccess): Promise<AuthorizationOutcome>;
}
