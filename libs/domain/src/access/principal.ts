import type { ContextIdentifier } from '../party/context-identifier.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Permission } from './permission.js';

/** Who calls, once the credential was checked. The tenant comes from the credential alone (reliability S7). */
export interface Principal {
  /** For the audit trail: `api-key:<client>/<key>`, `api-key:<key>` or `person:<subject>`. */
  readonly actor: string;
  /** Absent for the platform: it runs the installation and sees no tenant's data. */
  readonly tenant?: TenantId;
  readonly permissions: readonly Permission[];
  /** Contexts it is limited to; absent when it may use all of its tenant. */
  readonly contexts?: readonly ContextIdentifier[];
}

export type AccessDecision =
  'allowed' | { readonly code: 'PERMISSION_MISSING'; readonly permission: Permission } | { readonly code: 'NO_TENANT' };

/** Refuses unless the permission is held; `platform` is for those without a tenant, everything else for those with one. */
export function decideAccess(principal: Principal, permission: Permission): AccessDecision {
  if (!principal.permissions.includes(permission)) return { code: 'PERMISSION_MISSING', permission };
  const isForPlatform = permission === 'platform';
  if (isForPlatform === (principal.tenant === undefined)) return 'allowed';
  return isForPlatform ? { code: 'PERMISSION_MISSING', permission } : { code: 'NO_TENANT' };
}

/**
 * Who stands behind an actor: every key of one client is the same holder, so rotating a key makes no second person
 * (reliability S8). `api-key:shop/01HX…` is `api-key:shop`; a person is themselves.
 */
export function holderOf(actor: string): string {
  const client = /^api-key:([^/]+)\//.exec(actor)?.[1];
  return client === undefined ? actor : `api-key:${client}`;
}
