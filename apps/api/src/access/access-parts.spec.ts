import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, VariableReader } from '@latarnik/composition';
import { Temporal, type RequestBudget, type TenantId } from '@latarnik/domain';
import { IdentityProvider } from '../testing/access-world.js';
import { addressGroup, isAddressRange, isWithin, plainAddress } from './address.js';
import { PersonTokens } from './person-tokens.js';
import { readAccess } from './read-access.js';
import { RequestLimiter } from './request-limiter.js';

describe('addresses', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });

  it.each([
    ['10.0.0.0/8', true],
    ['10.0.0.1', true],
    ['2001:db8::/32', true],
    ['10.0.0.0/33', false],
    ['::/129', false],
    ['10.0.0.0/8/8', false],
    ['10.0.0.0/-1', false],
    ['fe80::1%eth0', false],
    ['localhost', false],
    ['', false],
  ])('%s as a range: %s', (range, isOne) => {
    expect(isAddressRange(range)).toBe(isOne);
  });

  it('are within a range of their own kind, IPv4 in IPv6 clothes too', () => {
    expect(isWithin(['10.0.0.0/8'], '10.255.255.255')).toBe(true);
    expect(isWithin(['10.0.0.0/8'], '11.0.0.0')).toBe(false);
    expect(isWithin(['10.0.0.0/8'], plainAddress('::ffff:10.1.2.3'))).toBe(true);
    expect(isWithin(['2001:db8::/32'], '2001:db8:ffff::1')).toBe(true);
    expect(isWithin(['2001:db8::/32'], '2001:db9::1')).toBe(false);
    expect(isWithin(['10.0.0.1'], '10.0.0.2')).toBe(false);
    expect(isWithin(['10.0.0.0/8'], 'not an address')).toBe(false);
  });
});

describe('the limiter', () => {
  /** A bucket that never refills, and counts how often it is asked. */
  class Bucket implements RequestBudget {
    asked = 0;
    constructor(private left: number) {}
    take(_subject: string, _limit: object, wanted: number) {
      this.asked += 1;
      const taken = Math.min(wanted, this.left);
      this.left -= taken;
      return Promise.resolve({ taken, retryAfterSeconds: taken > 0 ? 0 : 30 });
    }
  }
  const limit = { perMinute: 60_000, burst: 1_000 };

  it('asks once for many requests, and lets through exactly what the bucket gives', async () => {
    const bucket = new Bucket(200);
    const limiter = new RequestLimiter(bucket, () => 0);
    const waits = await Promise.all(Array.from({ length: 250 }, () => limiter.take('a', limit)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(200);
    expect(waits.filter((wait) => wait === 30)).toHaveLength(50);
    expect(bucket.asked).toBe(2);
  });

  it('asks again when the time has come, and not before', async () => {
    let now = 0;
    const bucket = new Bucket(0);
    const limiter = new RequestLimiter(bucket, () => now);
    expect(await limiter.take('a', limit)).toBe(30);
    now = 29_000;
    expect(await limiter.take('a', limit)).toBe(1);
    expect(bucket.asked).toBe(1);
    now = 30_000;
    await limiter.take('a', limit);
    expect(bucket.asked).toBe(2);
  });

  it('keeps subjects apart', async () => {
    const limiter = new RequestLimiter(new Bucket(2), () => 0);
    const one = { perMinute: 1, burst: 1 };
    expect([await limiter.take('a', one), await limiter.take('b', one), await limiter.take('a', one)]).toEqual([
      0, 0, 30,
    ]);
  });
});

describe('people', () => {
  const tenant = '0198c1f2-0000-7000-8000-000000000001' as TenantId;
  const directory = { exists: (id: TenantId) => Promise.resolve(id === tenant) };
  const clock = { now: () => Temporal.Instant.fromEpochMilliseconds(Date.now()) };

  it('are known by the claims that the configuration names, mapped to our roles and tenants', async () => {
    const provider = await IdentityProvider.start();
    try {
      const options = {
        ...provider.options,
        ...{ rolesClaim: 'realm_access.roles', roles: { 'ksef-boss': 'tenant-admin' } as const },
        ...{ tenantClaim: 'https://latarnik.example/org', tenants: { acme: tenant } },
      };
      const tokens = new PersonTokens(options, directory, clock);
      const claims = {
        realm_access: { roles: ['ksef-boss', 'operator', '__proto__'] },
        'https://latarnik.example/org': 'acme',
      };
      expect(await tokens.principal(await provider.token(claims), undefined)).toEqual({
        ...{ actor: 'person:ewa', tenant, permissions: ['read', 'keys', 'administer', 'audit'] },
      });
      await tokens.principal(await provider.token(claims), undefined);
      expect(provider.asked).toBe(1);
    } finally {
      await provider.stop();
    }
  });

  it('are let in by nobody when the provider does not give its keys', async () => {
    const provider = await IdentityProvider.start();
    const tokens = new PersonTokens(provider.options, directory, clock);
    const token = await provider.token();
    await provider.stop();
    expect(await tokens.principal(token, undefined)).toEqual({ code: 'IDENTITY_PROVIDER_UNREACHABLE' });
  });
});

describe('the configuration of access', () => {
  const read = (variables: Record<string, string>) => {
    const reader = new VariableReader(variables);
    const access = readAccess(reader, variables);
    reader.finish();
    return access;
  };
  const oidc = {
    LATARNIK_OIDC_ISSUER: 'https://id.example',
    LATARNIK_OIDC_AUDIENCE: 'latarnik',
    LATARNIK_OIDC_JWKS_URL: 'https://id.example/keys',
  };

  it('lets people in only where a provider is named, with algorithms that prove something', () => {
    expect(read({}).oidc).toBeUndefined();
    expect(read(oidc).oidc).toMatchObject({ algorithms: ['RS256', 'ES256'], tokenTypes: ['at+jwt', 'JWT'] });
    for (const algorithm of ['none', 'HS256', 'RS256,HS512']) {
      expect(() => read({ ...oidc, LATARNIK_OIDC_ALGORITHMS: algorithm })).toThrow(ConfigurationError);
    }
  });

  it.each([
    ['keys over plain HTTP', { ...oidc, LATARNIK_OIDC_JWKS_URL: 'http://id.example/keys' }],
    ['no key set', { ...oidc, LATARNIK_OIDC_JWKS_URL: '' }],
    ['no audience', { ...oidc, LATARNIK_OIDC_AUDIENCE: '' }],
    ['a role that there is not', { ...oidc, LATARNIK_OIDC_ROLES: 'boss=god' }],
    ['half a pair', { ...oidc, LATARNIK_OIDC_TENANTS: 'acme' }],
    ['a proxy that is no address', { LATARNIK_TRUSTED_PROXIES: 'proxy.internal' }],
    ['no requests at all', { LATARNIK_REQUESTS_PER_MINUTE_KEY: '0' }],
  ])('refuses %s', (_what, variables) => {
    expect(() => read(variables)).toThrow(ConfigurationError);
  });

  it('takes limits, with a twentieth of a minute at once', () => {
    expect(read({ LATARNIK_REQUESTS_PER_MINUTE_TENANT: '1200' }).limits.tenant).toEqual({ perMinute: 1200, burst: 60 });
    expect(read({ LATARNIK_FAILED_ATTEMPTS: '3' }).limits.failures).toEqual({ burst: 3, perMinute: 60 / 180 });
  });
});
