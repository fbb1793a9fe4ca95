import type { Instant } from '../shared/instant.js';
import type { ApiKey } from './api-key.js';

/** A key to be stored, with what its repeat is known by. */
export interface NewApiKey {
  readonly key: ApiKey;
  /** Base64. */
  readonly sha256: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string;
}

/** The API keys of one tenant. */
export interface ApiKeyBook {
  /** Serialises what changes the keys of a tenant: a later caller waits for the end of this transaction. */
  lock(): Promise<void>;
  add(key: NewApiKey): Promise<void>;
  /** Newest first; expired and revoked ones too. */
  all(): Promise<readonly ApiKey[]>;
  byIdempotencyKey(key: string): Promise<{ readonly key: ApiKey; readonly fingerprint: string } | undefined>;
  /** @returns the key as it is afterwards; one that was revoked before stays as it was */
  revoke(id: string, at: Instant): Promise<ApiKey | undefined>;
}

/** Makes the secret part of a key: 256 random bits, in visible ASCII without `_` trouble, and the hash of a whole token. */
export interface KeyMaker {
  /** `ltk_<id>_<secret>` for `id`, and its SHA-256, Base64. */
  make(id: string): { readonly token: string; readonly sha256: string };
}
