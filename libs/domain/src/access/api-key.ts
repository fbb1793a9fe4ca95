import { sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import { TENANT_PERMISSIONS, type TenantPermission } from './role.js';

/** What is known of an API key; the key itself is shown once and kept as its SHA-256 only. */
export interface ApiKey {
  readonly id: string;
  /** The program or team that uses it; two keys of one client are one voice. */
  readonly client: string;
  readonly scopes: readonly TenantPermission[];
  /** Absent: every context of the tenant. */
  readonly contexts?: readonly ContextIdentifier[];
  /** CIDR; absent: from anywhere. */
  readonly ipRanges?: readonly string[];
  readonly createdAt: Instant;
  readonly createdBy: string;
  /** Absent only for keys from before keys expired. */
  readonly expiresAt?: Instant;
  readonly revokedAt?: Instant;
  /** To the minute. */
  readonly lastUsedAt?: Instant;
}

/** What somebody asks for; nobody has checked it yet. */
export interface ApiKeyRequest {
  readonly client: string;
  readonly scopes: readonly string[];
  readonly contexts?: readonly ContextIdentifier[];
  readonly ipRanges?: readonly string[];
  readonly expiresAt: Instant;
}

export type ApiKeyRefusal =
  | { readonly code: 'CLIENT_INVALID' }
  | { readonly code: 'SCOPES_INVALID'; readonly known: readonly TenantPermission[] }
  /** Who hands out keys does not decide on sending and corrections; one key never does both (reliability S8). */
  | { readonly code: 'SCOPES_CONFLICT' }
  /** A key that is limited to contexts reads and issues in them, and nothing else. */
  | { readonly code: 'SCOPES_BEYOND_CONTEXTS' }
  | { readonly code: 'CONTEXT_NOT_FOUND' }
  | { readonly code: 'EXPIRY_INVALID'; readonly latest: Instant };

/** Longest life of a key (reliability S1: at most a year). */
export const LONGEST_KEY_HOURS = 365 * 24;

/** Two keys of a client live at a time: the old one until the new one is everywhere (reliability S1). */
export const LIVE_KEYS_PER_CLIENT = 2;

const CLIENT = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/** Checks what is asked for against the rules of keys and the tenant's own contexts. */
export function checkApiKey(
  request: ApiKeyRequest,
  own: readonly ContextIdentifier[],
  now: Instant,
): Result<readonly TenantPermission[], ApiKeyRefusal> {
  if (!CLIENT.test(request.client)) return err({ code: 'CLIENT_INVALID' });
  const scopes = TENANT_PERMISSIONS.filter((permission) => request.scopes.includes(permission));
  if (scopes.length === 0 || scopes.length !== request.scopes.length) {
    return err({ code: 'SCOPES_INVALID', known: TENANT_PERMISSIONS });
  }
  const has = (...some: readonly TenantPermission[]): boolean => some.some((one) => scopes.includes(one));
  if (has('administer') && has('resend', 'correct')) return err({ code: 'SCOPES_CONFLICT' });
  const latest = now.add({ hours: LONGEST_KEY_HOURS });
  if (!isWithin(request.expiresAt, now, latest)) return err({ code: 'EXPIRY_INVALID', latest });
  const { contexts } = request;
  if (contexts === undefined) return ok(scopes);
  if (has('resend', 'correct', 'keys', 'audit', 'administer')) return err({ code: 'SCOPES_BEYOND_CONTEXTS' });
  return areOf(own, contexts) ? ok(scopes) : err({ code: 'CONTEXT_NOT_FOUND' });
}

const isWithin = (moment: Instant, after: Instant, latest: Instant): boolean =>
  moment.epochMilliseconds > after.epochMilliseconds && moment.epochMilliseconds <= latest.epochMilliseconds;

const areOf = (own: readonly ContextIdentifier[], named: readonly ContextIdentifier[]): boolean =>
  named.length > 0 && named.every((one) => own.some((context) => sameContext(context, one)));

/** Whether a key may still be used. */
export function isLive({ revokedAt, expiresAt }: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: Instant): boolean {
  return revokedAt === undefined && (expiresAt === undefined || now.epochMilliseconds < expiresAt.epochMilliseconds);
}
