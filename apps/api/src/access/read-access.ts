import { isRole, type RequestLimit, type Role } from '@latarnik/domain';
import type { VariableReader } from '@latarnik/composition';
import { DEFAULT_ACCESS, type AccessOptions } from './access-options.js';
import { isAddressRange } from './address.js';
import { TOKEN_ALGORITHMS, type OidcOptions } from './person-tokens.js';

type Variables = Readonly<Record<string, string | undefined>>;

/** How callers are checked and held back; what is wrong goes to the reader, which says it all at once. */
export function readAccess(reader: VariableReader, variables: Variables): AccessOptions {
  const trustedProxies = reader.list('LATARNIK_TRUSTED_PROXIES');
  if (!trustedProxies.every(isAddressRange)) {
    reader.refuse('LATARNIK_TRUSTED_PROXIES must be addresses or CIDR ranges, separated by commas');
  }
  const oidc = readOidc(reader, variables);
  const { key, tenant, address } = DEFAULT_ACCESS.limits;
  return {
    limits: {
      key: perMinute(reader, 'LATARNIK_REQUESTS_PER_MINUTE_KEY', key),
      tenant: perMinute(reader, 'LATARNIK_REQUESTS_PER_MINUTE_TENANT', tenant),
      address: perMinute(reader, 'LATARNIK_REQUESTS_PER_MINUTE_ADDRESS', address),
      failures: failures(reader),
    },
    keyCacheMs: reader.integer('LATARNIK_KEY_CACHE_MS', DEFAULT_ACCESS.keyCacheMs, 0, 60_000),
    ...(trustedProxies.length === 0 ? {} : { trustedProxies }),
    ...(oidc === undefined ? {} : { oidc }),
  };
}

/** A twentieth of a minute may come at once, as by default. */
function perMinute(reader: VariableReader, name: string, fallback: RequestLimit): RequestLimit {
  const given = reader.integer(name, fallback.perMinute, 1, 10_000_000);
  return given === fallback.perMinute ? fallback : { perMinute: given, burst: Math.max(1, Math.ceil(given / 20)) };
}

function failures(reader: VariableReader): RequestLimit {
  const burst = reader.integer('LATARNIK_FAILED_ATTEMPTS', DEFAULT_ACCESS.limits.failures.burst, 1, 1000);
  return { burst, perMinute: 60 / reader.integer('LATARNIK_FAILED_ATTEMPT_SECONDS', 180, 1, 86_400) };
}

const DAY_SECONDS = 86_400;

/** Absent when no issuer is named; with one, audience and key set must be there too. */
function readOidc(reader: VariableReader, variables: Variables): OidcOptions | undefined {
  if ((variables['LATARNIK_OIDC_ISSUER'] ?? '') === '') return undefined;
  const [jwksUrl = ''] = reader.addresses('LATARNIK_OIDC_JWKS_URL', 1);
  if (jwksUrl === '') reader.refuse('LATARNIK_OIDC_JWKS_URL is not set');
  return {
    issuer: reader.required('LATARNIK_OIDC_ISSUER'),
    audience: reader.required('LATARNIK_OIDC_AUDIENCE'),
    jwksUrl,
    algorithms: algorithms(reader),
    tokenTypes: listOr(reader, 'LATARNIK_OIDC_TOKEN_TYPES', ['at+jwt', 'JWT']),
    clockToleranceSeconds: reader.integer('LATARNIK_OIDC_CLOCK_TOLERANCE_SECONDS', 30, 0, 300),
    maxTokenAgeSeconds: reader.integer('LATARNIK_OIDC_MAX_TOKEN_AGE_SECONDS', DAY_SECONDS / 2, 60, DAY_SECONDS),
    tenantClaim: variables['LATARNIK_OIDC_TENANT_CLAIM'] ?? 'tenant',
    tenants: pairs(reader, 'LATARNIK_OIDC_TENANTS'),
    rolesClaim: variables['LATARNIK_OIDC_ROLES_CLAIM'] ?? 'roles',
    roles: roles(reader),
  };
}

function algorithms(reader: VariableReader): readonly string[] {
  const given = listOr(reader, 'LATARNIK_OIDC_ALGORITHMS', ['RS256', 'ES256']);
  if (!given.every((name) => TOKEN_ALGORITHMS.some((known) => known === name))) {
    reader.refuse(`LATARNIK_OIDC_ALGORITHMS must be some of ${TOKEN_ALGORITHMS.join(', ')}`);
  }
  return given;
}

function roles(reader: VariableReader): Readonly<Record<string, Role>> {
  const name = 'LATARNIK_OIDC_ROLES';
  const given = Object.entries(pairs(reader, name));
  const known = given.flatMap(([theirs, ours]) => (isRole(ours) ? [[theirs, ours] as const] : []));
  if (known.length < given.length) reader.refuse(`${name} names a role that there is not`);
  return Object.fromEntries(known);
}

/** `theirs=ours`, separated by commas. */
function pairs(reader: VariableReader, name: string): Readonly<Record<string, string>> {
  const given = reader.list(name).map((pair) => {
    const at = pair.lastIndexOf('=');
    return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()] as const;
  });
  if (given.some(([theirs, ours]) => theirs === '' || ours === '')) {
    reader.refuse(`${name} must be pairs theirs=ours, separated by commas`);
  }
  return Object.fromEntries(given);
}

function listOr(reader: VariableReader, name: string, fallback: readonly string[]): readonly string[] {
  const given = reader.list(name);
  return given.length === 0 ? fallback : given;
}
