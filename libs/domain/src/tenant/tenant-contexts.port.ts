import type { TenantContext, TenantId } from './tenant.js';

/** The KSeF contexts of one tenant. */
export interface TenantContexts {
  all(): Promise<readonly TenantContext[]>;
}

/** Who calls, by API key. */
export interface ApiKeys {
  /** @param sha256 of the key, Base64; keys are stored hashed only. `undefined` when no live key has it */
  authenticate(sha256: string): Promise<{ readonly tenant: TenantId; readonly keyId: string } | undefined>;
}

/** Creates tenants: for administration and for first start. */
export interface TenantDirectory {
  create(tenant: {
    readonly id: TenantId;
    readonly name: string;
    readonly contexts: readonly TenantContext[];
    readonly apiKeys: readonly { readonly id: string; readonly sha256: string }[];
  }): Promise<void>;
}
