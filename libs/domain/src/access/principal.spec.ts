import { describe, expect, it } from '@jest/globals';
import { TENANT } from '../testing/builders.js';
import { actorOfKey, principalOfKey } from './authenticated-key.js';
import { PERMISSIONS } from './permission.js';
import { decideAccess, holderOf, type Principal } from './principal.js';
import { mayBeSamePerson } from '../outage/total-failure-confirmation.js';
import { isRole, permissionsOf, ROLES, TENANT_PERMISSIONS } from './role.js';
import { Temporal } from '../shared/instant.js';

const NOW = Temporal.Instant.from('2026-11-20T11:00:00Z');

describe('roles', () => {
  it('give what the table says, and nothing to whoever has none', () => {
    expect(permissionsOf([])).toEqual([]);
    expect(permissionsOf(['viewer'])).toEqual(['read']);
    expect(permissionsOf(['issuer', 'auditor'])).toEqual(['read', 'issue', 'audit']);
    expect(isRole('tenant-admin')).toBe(true);
    expect(isRole('toString')).toBe(false);
  });

  it('keep the platform admin out of tenants, whatever else they are', () => {
    expect(permissionsOf(['platform-admin', 'tenant-admin', 'issuer'])).toEqual(['platform']);
  });

  it('never let who hands out keys decide on sending and corrections', () => {
    const both = ROLES.filter((role) => {
      const given: readonly string[] = permissionsOf([role]);
      return given.includes('administer') && (given.includes('resend') || given.includes('correct'));
    });
    expect(both).toEqual([]);
  });

  it('know every permission; all but one belong to a tenant', () => {
    expect([...TENANT_PERMISSIONS, 'platform'].sort()).toEqual([...PERMISSIONS].sort());
  });
});

describe('access', () => {
  const inTenant = (permissions: Principal['permissions']): Principal => ({ actor: 'x', tenant: TENANT, permissions });

  it('is refused unless the permission is held', () => {
    for (const permission of TENANT_PERMISSIONS) {
      expect(decideAccess(inTenant([permission]), permission)).toBe('allowed');
      expect(decideAccess(inTenant([]), permission)).toEqual({ code: 'PERMISSION_MISSING', permission });
    }
  });

  it('to the platform is for those of no tenant, everything else for those of one', () => {
    expect(decideAccess({ actor: 'x', permissions: ['platform'] }, 'platform')).toBe('allowed');
    expect(decideAccess(inTenant(['platform']), 'platform')).toMatchObject({ code: 'PERMISSION_MISSING' });
    expect(decideAccess({ actor: 'x', permissions: ['read'] }, 'read')).toEqual({ code: 'NO_TENANT' });
  });
});

describe('who stands behind an actor', () => {
  it('is the client of a key, the key itself where it has none, and a person', () => {
    expect(holderOf('api-key:shop/0199')).toBe('api-key:shop');
    expect(holderOf('api-key:0199')).toBe('api-key:0199');
    expect(holderOf('person:ewa')).toBe('person:ewa');
    expect(holderOf('worker')).toBe('worker');
    expect(actorOfKey({ keyId: 'k1', client: 'shop' })).toBe('api-key:shop/k1');
    expect(actorOfKey({ keyId: 'k1', client: 'k1' })).toBe('api-key:k1');
  });

  it('is one person for two keys of a client, and for one name', () => {
    const ewa = { actor: 'api-key:shop/k1', person: 'Ewa' };
    expect(mayBeSamePerson(ewa, { actor: 'api-key:shop/k2', person: 'Jan' })).toBe(true);
    expect(mayBeSamePerson(ewa, { actor: 'api-key:desk/k3', person: ' EWA ' })).toBe(true);
    expect(mayBeSamePerson(ewa, { actor: 'api-key:shop2/k3', person: 'Jan' })).toBe(false);
  });
});

describe('a key', () => {
  const key = { keyId: 'k1', client: 'shop', tenant: TENANT, permissions: ['read'] as const };

  it('is nobody from its end on, to the moment', () => {
    expect(principalOfKey({ ...key, expiresAt: NOW.add({ milliseconds: 1 }) }, NOW)).toMatchObject({ tenant: TENANT });
    expect(principalOfKey({ ...key, expiresAt: NOW }, NOW)).toBeUndefined();
    expect(principalOfKey({ ...key, revokedAt: NOW.subtract({ hours: 1 }) }, NOW)).toBeUndefined();
  });
});
