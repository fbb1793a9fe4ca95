import type { ContextIdentifier } from '../party/context-identifier.js';
import type { KsefAccess } from '../session/ksef-access.js';
import type { Instant } from '../shared/instant.js';
import type { ContextLimits } from './context-limits.port.js';
import type { RateLimits } from './rate-limit.js';

/** What the subject of a context may have (OpenAPI `EffectiveSubjectLimits`); absent where KSeF names no limit. */
export interface SubjectLimits {
  readonly enrolments?: number;
  readonly certificates?: number;
}

/** Everything KSeF limits in one context, as it said. */
export interface KsefLimits {
  readonly rates: RateLimits;
  readonly context: ContextLimits;
  readonly subject: SubjectLimits;
}

/** Asks KSeF for the limits that hold now: GET /rate-limits, /limits/context, /limits/subject. */
export interface KsefLimitsReader {
  /** @throws KsefUnreachableError, KsefThrottledError, KsefLoginError when there is no answer */
  read(access: KsefAccess): Promise<KsefLimits>;
}

/** What KSeF said last, by context: tenants that share one share it. All processes see a change with their next call. */
export interface KsefLimitsBook {
  find(context: ContextIdentifier): Promise<{ readonly limits: KsefLimits; readonly readAt: Instant } | undefined>;
  save(context: ContextIdentifier, limits: KsefLimits): Promise<void>;
  /**
   * Whether the caller is the one to read them now: nobody read them in the last `olderThanSeconds`, and nobody was told so
   * in the last `retrySeconds`. By the database's clock.
   */
  claim(
    context: ContextIdentifier,
    due: { readonly olderThanSeconds: number; readonly retrySeconds: number },
  ): Promise<boolean>;
}
