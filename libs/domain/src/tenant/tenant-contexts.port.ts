import type { AuthenticatedKey } from '../access/authenticated-key.js';
import type { Instant } from '../shared/instant.js';
import type { TenantContext, TenantId } from './tenant.js';

/** The KSeF contexts of one tenant. */
export interface TenantContexts {
  all(): Promise<readonly TenantContext[]>;
  add(context: TenantContext): Promise<void>;
  /** @returns what still uses it, such as `invoice`; `undefined` when it is gone */
  removeUnlessUsed(id: string): Promise<string | undefined>;
}

/** Who calls, by API key. */
export interface ApiKeys {
  /**
   * Notes that a live key was used, to the minute.
   * @param sha256 of the key, Base64; keys are stored hashed only. `undefined` when no key has it
   */
  authenticate(sha256: string): Promise<AuthenticatedKey | undefined>;
}

/** A tenant as the platform sees it: nothing of what it holds. */
export interface TenantSummary {
  readonly id: TenantId;
  readonly name: string;
  readonly createdAt: Instant;
}

/** The first key of a tenant, or one that a tool makes; without more it may do everything in its tenant. */
export interface FirstApiKey {
  readonly id: string;
  readonly sha256: string;
  /** @default the id */
  readonly client?: string;
  /** @default all of a tenant */
  readonly scopes?: readonly string[];
  /** @default a year from now, by the database */
  readonly expiresAt?: Instant;
}

/** Creates tenants: for the platform admin, for tools and for first start. */
export interface TenantDirectory {
  /** @returns false when the same Idempotency-Key made one before; nothing is created then */
  create(tenant: {
    readonly id: TenantId;
    readonly name: string;
    readonly contexts: readonly TenantContext[];
    readonly apiKeys: readonly FirstApiKey[];
    /** Who made it, for its audit trail. @default 'installation' */
    readonly actor?: string;
    /** What a repeat of the request is known by. */
    readonly claim?: { readonly key: string; readonly fingerprint: string };
  }): Promise<boolean>;
  /** The tenant that was created with this Idempotency-Key. */
  byIdempotencyKey(key: string): Promise<{ readonly tenant: TenantSummary; readonly fingerprint: string } | undefined>;
  exists(id: TenantId): Promise<boolean>;
  /** By id. */
  list(limit: number, after: TenantId | undefined): Promise<readonly TenantSummary[]>;
}
