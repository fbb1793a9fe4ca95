import type { Permission } from './permission.js';

/**
 * What a person is in a tenant. A platform admin runs the installation: makes tenants, sees no data of any.
 * Names are stable: identity providers are mapped to them.
 */
export const ROLES = ['issuer', 'viewer', 'operator', 'tenant-admin', 'platform-admin', 'auditor'] as const;

export type Role = (typeof ROLES)[number];

/**
 * The one table of what each role may do; what is not in it is refused (reliability S4, 3.6). Who hands out keys does not
 * decide on corrections and sending, and who decides hands out no keys.
 */
export const ROLE_PERMISSIONS = {
  issuer: ['read', 'issue'],
  viewer: ['read'],
  operator: ['read', 'resend', 'correct'],
  'tenant-admin': ['read', 'keys', 'administer', 'audit'],
  'platform-admin': ['platform'],
  auditor: ['read', 'audit'],
} as const satisfies Readonly<Record<Role, readonly Permission[]>>;

/** What a key or a person may do inside a tenant; `platform` belongs to none. */
export const TENANT_PERMISSIONS = ['read', 'issue', 'resend', 'correct', 'keys', 'audit', 'administer'] as const;

export type TenantPermission = (typeof TENANT_PERMISSIONS)[number];

export const isRole = (text: string): text is Role => ROLES.some((role) => role === text);

/**
 * The permissions of several roles together. A platform admin keeps out of tenants: with that role the others give nothing.
 */
export function permissionsOf(roles: readonly Role[]): readonly Permission[] {
  if (roles.includes('platform-admin')) return ROLE_PERMISSIONS['platform-admin'];
  return [...new Set(roles.flatMap((role): readonly Permission[] => ROLE_PERMISSIONS[role]))];
}
