import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Permission } from './permission.js';
import { holderOf, type Principal } from './principal.js';
import { isLive } from './api-key.js';

/** A key that exists, alive or not. */
export interface AuthenticatedKey {
  readonly keyId: string;
  readonly client: string;
  /** Absent for a key of the platform. */
  readonly tenant?: TenantId;
  readonly permissions: readonly Permission[];
  readonly contexts?: readonly ContextIdentifier[];
  readonly ipRanges?: readonly string[];
  readonly expiresAt?: Instant;
  readonly revokedAt?: Instant;
}

/** What the audit trail calls a key: its client first, so that its other keys are seen to be the same voice. */
export const actorOfKey = ({ keyId, client }: Pick<AuthenticatedKey, 'keyId' | 'client'>): string =>
  client === keyId ? `api-key:${keyId}` : `api-key:${client}/${keyId}`;

/** The principal behind a key; `undefined` when the key has ended. */
export function principalOfKey(key: AuthenticatedKey, now: Instant): Principal | undefined {
  if (!isLive(key, now)) return undefined;
  return {
    actor: actorOfKey(key),
    permissions: key.permissions,
    ...(key.tenant === undefined ? {} : { tenant: key.tenant }),
    ...(key.contexts === undefined ? {} : { contexts: key.contexts }),
  };
}

/** What limits of requests go by: keys of one client share it. */
export const holderOfKey = (key: Pick<AuthenticatedKey, 'keyId' | 'client'>): string => holderOf(actorOfKey(key));
