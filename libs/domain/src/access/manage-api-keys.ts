import { contextLabel } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { KeyMaker } from './api-key-book.port.js';
import {
  checkApiKey,
  isLive,
  LIVE_KEYS_PER_CLIENT,
  type ApiKey,
  type ApiKeyRefusal,
  type ApiKeyRequest,
} from './api-key.js';

export type CreateApiKeyRefusal =
  | ApiKeyRefusal
  | { readonly code: 'TOO_MANY_LIVE_KEYS'; readonly client: string; readonly live: readonly string[] }
  /** The same Idempotency-Key with another request. */
  | { readonly code: 'API_KEY_REQUEST_REUSED'; readonly keyId: string };

/** A key that was made; the token is there once, and never again. */
export interface MadeApiKey {
  readonly key: ApiKey;
  /** Absent in the answer to a repeat: nobody keeps it. */
  readonly token?: string;
}

/** Who asks. */
interface By {
  readonly tenant: TenantId;
  readonly actor: string;
}

/** Makes API keys: named client, limited scopes, an end, at most two alive for a client (reliability S1). */
export class CreateApiKey {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly maker: KeyMaker,
  ) {}

  execute(by: By, request: ApiKeyRequest, claim: IdempotencyClaim): Promise<Result<MadeApiKey, CreateApiKeyRefusal>> {
    return this.unitOfWork.inTenant(by.tenant, async (stores) => {
      await stores.apiKeys.lock();
      const before = await stores.apiKeys.byIdempotencyKey(claim.key);
      if (before !== undefined) {
        const { key, fingerprint } = before;
        return fingerprint === claim.fingerprint ? ok({ key }) : err({ code: 'API_KEY_REQUEST_REUSED', keyId: key.id });
      }
      const checked = await this.check(stores, request);
      return checked.ok ? ok(await this.make(stores, by, { ...request, scopes: checked.value }, claim)) : checked;
    });
  }

  private async check({ apiKeys, contexts }: TenantStores, request: ApiKeyRequest) {
    const now = this.clock.now();
    const own = (await contexts.all()).map(({ identifier }) => identifier);
    const checked = checkApiKey(request, own, now);
    if (!checked.ok) return checked;
    const { client } = request;
    const live = (await apiKeys.all()).filter((key) => key.client === client && isLive(key, now)).map(({ id }) => id);
    return live.length < LIVE_KEYS_PER_CLIENT ? checked : err({ code: 'TOO_MANY_LIVE_KEYS' as const, client, live });
  }

  private async make(
    { apiKeys, audit }: TenantStores,
    { actor }: By,
    request: ApiKeyRequest & Pick<ApiKey, 'scopes'>,
    { key: idempotencyKey, fingerprint }: IdempotencyClaim,
  ): Promise<MadeApiKey> {
    const id = this.ids.next();
    const { token, sha256 } = this.maker.make(id);
    const at = this.clock.now();
    const key: ApiKey = { ...request, id, createdAt: at, createdBy: actor };
    await apiKeys.add({ key, sha256, idempotencyKey, fingerprint });
    const facts = {
      client: key.client,
      scopes: key.scopes.join(' '),
      contexts: key.contexts?.map(contextLabel).join(' ') ?? null,
      ipRanges: key.ipRanges?.join(' ') ?? null,
      expiresAt: request.expiresAt.toString(),
    };
    await audit.append([{ at, actor, action: 'api-key.created', subject: { kind: 'api-key', id }, facts }]);
    return { key, token };
  }
}

/** Ends the life of a key at once. */
export class RevokeApiKey {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** @returns the key; `undefined` when the tenant has none with this id */
  execute({ tenant, actor }: By, id: string): Promise<ApiKey | undefined> {
    return this.unitOfWork.inTenant(tenant, async ({ apiKeys, audit }) => {
      await apiKeys.lock();
      const before = (await apiKeys.all()).find((key) => key.id === id);
      if (before === undefined || before.revokedAt !== undefined) return before;
      const at = this.clock.now();
      const subject = { kind: 'api-key', id } as const;
      await audit.append([{ at, actor, action: 'api-key.revoked', subject, facts: { client: before.client } }]);
      return apiKeys.revoke(id, at);
    });
  }
}
