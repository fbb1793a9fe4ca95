import type { RequestLimit } from '@latarnik/domain';
import type { OidcOptions } from './person-tokens.js';

/** How callers are checked and held back. */
export interface AccessOptions {
  readonly limits: {
    /** All keys of one client, or one person. */
    readonly key: RequestLimit;
    readonly tenant: RequestLimit;
    readonly address: RequestLimit;
    /** Credentials that nobody has, from one address: so many at once, then one in a while. */
    readonly failures: RequestLimit;
  };
  /** How long a key that was found is taken for live without another look, in this process. */
  readonly keyCacheMs: number;
  /** Proxies (CIDR) whose `X-Forwarded-For` tells the caller's address; absent: nobody's does. */
  readonly trustedProxies?: readonly string[];
  /** Absent: people have no way in, keys only. */
  readonly oidc?: OidcOptions;
}

/** Five wrong credentials, then one in three minutes. */
const FAILURES: RequestLimit = { burst: 5, perMinute: 1 / 3 };

export const DEFAULT_ACCESS: AccessOptions = {
  limits: {
    key: { perMinute: 60_000, burst: 3_000 },
    tenant: { perMinute: 90_000, burst: 6_000 },
    address: { perMinute: 90_000, burst: 6_000 },
    failures: FAILURES,
  },
  keyCacheMs: 2_000,
};
