import {
  isRole,
  permissionsOf,
  type Clock,
  type Principal,
  type Role,
  type TenantDirectory,
  type TenantId,
} from '@latarnik/domain';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';

/** Signatures by a private key only; what is shared or missing (`HS…`, `none`) proves nobody's identity. */
export const TOKEN_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

/** One identity provider, pinned (reliability S2, S3). */
export interface OidcOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Keys come from here and from nowhere else: what a token says of its own key is not followed. */
  readonly jwksUrl: string;
  readonly algorithms: readonly string[];
  /** Values of the header `typ`, without `application/`. */
  readonly tokenTypes: readonly string[];
  readonly clockToleranceSeconds: number;
  readonly maxTokenAgeSeconds: number;
  /** Name or dotted path of the claim with the tenant, or several. */
  readonly tenantClaim: string;
  /** What the provider calls a tenant, and its id here; a claim that is not in it must be the id itself. */
  readonly tenants: Readonly<Record<string, string>>;
  readonly rolesClaim: string;
  /** What the provider calls a role; with none the names are ours. */
  readonly roles: Readonly<Record<string, Role>>;
}

export type TokenRefusal =
  /** Not a token of the provider for us: may be a guess. */
  | { readonly code: 'TOKEN_INVALID' }
  /** It was one. */
  | { readonly code: 'TOKEN_EXPIRED' }
  /** The provider did not give its keys. */
  | { readonly code: 'IDENTITY_PROVIDER_UNREACHABLE' }
  /** The token is of several tenants, and the request names none of them. */
  | { readonly code: 'TENANT_NOT_NAMED' };

const JWKS_TIMEOUT_MS = 5_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SUBJECT = /^[\x21-\x7e]{1,200}$/;

/** People, by bearer tokens of an OpenID Connect provider; the subject is the person. */
export class PersonTokens {
  readonly #keys: JWTVerifyGetKey;
  readonly #tenants = new Set<string>();

  constructor(
    private readonly options: OidcOptions,
    private readonly directory: Pick<TenantDirectory, 'exists'>,
    private readonly clock: Clock,
  ) {
    this.#keys = createRemoteJWKSet(new URL(options.jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
  }

  /** @param named the tenant that the request chooses among those of its token */
  async principal(token: string, named: string | undefined): Promise<Principal | TokenRefusal> {
    const claims = await this.#verify(token);
    if ('code' in claims) return claims as TokenRefusal;
    const { sub } = claims;
    if (sub === undefined || !SUBJECT.test(sub)) return { code: 'TOKEN_INVALID' };
    const permissions = permissionsOf(this.#roles(claims));
    const actor = `person:${sub}`;
    if (permissions.includes('platform')) return { actor, permissions };
    const tenants = await this.#tenantsOf(claims);
    const tenant = named === undefined && tenants.length === 1 ? tenants[0] : tenants.find((one) => one === named);
    if (tenant !== undefined) return { actor, permissions, tenant };
    return tenants.length === 0 ? { actor, permissions: [] } : { code: 'TENANT_NOT_NAMED' };
  }

  async #verify(token: string): Promise<JWTPayload | TokenRefusal> {
    const { issuer, audience, algorithms, clockToleranceSeconds, maxTokenAgeSeconds, tokenTypes } = this.options;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#keys, {
        ...{ issuer, audience, algorithms: [...algorithms], requiredClaims: ['sub', 'exp', 'iat'] },
        clockTolerance: clockToleranceSeconds,
        maxTokenAge: maxTokenAgeSeconds,
        currentDate: new Date(this.clock.now().epochMilliseconds),
      });
      const type = protectedHeader.typ?.toLowerCase().replace(/^application\//, '');
      const isOfType = tokenTypes.some((known) => known.toLowerCase() === type);
      return isOfType ? payload : { code: 'TOKEN_INVALID' };
    } catch (error) {
      return { code: refusalOf(error) };
    }
  }

  #roles(claims: JWTPayload): readonly Role[] {
    const { roles, rolesClaim } = this.options;
    const isMapped = Object.keys(roles).length > 0;
    return textsOf(claimAt(claims, rolesClaim)).flatMap((name) => {
      if (isMapped) return Object.hasOwn(roles, name) ? [roles[name] ?? []].flat() : [];
      return isRole(name) ? [name] : [];
    });
  }

  /** Those that exist here. */
  async #tenantsOf(claims: JWTPayload): Promise<readonly TenantId[]> {
    const { tenants, tenantClaim } = this.options;
    const named = textsOf(claimAt(claims, tenantClaim)).map((name) =>
      Object.hasOwn(tenants, name) ? (tenants[name] ?? name) : name,
    );
    const found: TenantId[] = [];
    for (const id of new Set(named.filter((text) => UUID.test(text)))) {
      if (!this.#tenants.has(id) && (await this.directory.exists(id as TenantId))) this.#tenants.add(id);
      if (this.#tenants.has(id)) found.push(id as TenantId);
    }
    return found;
  }
}

function refusalOf(error: unknown): TokenRefusal['code'] {
  if (error instanceof errors.JWTExpired) return 'TOKEN_EXPIRED';
  const isFault = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError);
  return isFault || error.code === 'ERR_JOSE_GENERIC' ? 'IDENTITY_PROVIDER_UNREACHABLE' : 'TOKEN_INVALID';
}

/** The claim of this name, else the one at this dotted path. */
function claimAt(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (value, step) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, step)
          ? (value as Readonly<Record<string, unknown>>)[step]
          : undefined,
      claims,
    );
}

const MOST_VALUES = 100;

const textsOf = (claim: unknown): readonly string[] =>
  (Array.isArray(claim) ? claim.slice(0, MOST_VALUES) : [claim]).filter((value) => typeof value === 'string');
