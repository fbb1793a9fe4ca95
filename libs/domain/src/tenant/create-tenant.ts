import type { FirstApiKey, TenantDirectory, TenantSummary } from './tenant-contexts.port.js';
import type { TenantContext, TenantId } from './tenant.js';
import { LONGEST_KEY_HOURS } from '../access/api-key.js';
import type { KeyMaker } from '../access/api-key-book.port.js';
import { ROLE_PERMISSIONS } from '../access/role.js';
import type { IdempotencyClaim } from '../invoice/idempotency.port.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { IdSource } from '../shared/id-source.port.js';
import { err, ok, type Result } from '../shared/result.js';

export interface CreateTenantRequest {
  readonly name: string;
  readonly contexts: readonly { readonly identifier: ContextIdentifier; readonly name: string }[];
  /** The platform admin. */
  readonly actor: string;
}

export interface CreatedTenant {
  readonly tenant: TenantSummary;
  /** Of the tenant's first admin, shown once; absent in the answer to a repeat. */
  readonly token?: string;
}

export interface TenantRequestReused {
  readonly code: 'TENANT_REQUEST_REUSED';
  readonly tenant: TenantId;
}

/** The client of a tenant's first key. */
export const FIRST_ADMIN = 'first-admin';

/** The platform admin makes a tenant; its first key may administer it and nothing else, so further keys are made with it. */
export class CreateTenant {
  constructor(
    private readonly directory: TenantDirectory,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly maker: KeyMaker,
  ) {}

  async execute(
    request: CreateTenantRequest,
    claim: IdempotencyClaim,
  ): Promise<Result<CreatedTenant, TenantRequestReused>> {
    const before = await this.before(claim);
    if (before !== undefined) return before;
    const now = this.clock.now();
    const keyId = this.ids.next();
    const { token, sha256 } = this.maker.make(keyId);
    const first: FirstApiKey = {
      ...{ id: keyId, sha256, client: FIRST_ADMIN, scopes: ROLE_PERMISSIONS['tenant-admin'] },
      expiresAt: now.add({ hours: LONGEST_KEY_HOURS }),
    };
    const id = this.ids.next() as TenantId;
    const contexts: readonly TenantContext[] = request.contexts.map((each) => ({ ...each, id: this.ids.next() }));
    const { name, actor } = request;
    if (await this.directory.create({ id, name, contexts, apiKeys: [first], actor, claim })) {
      return ok({ tenant: { id, name, createdAt: now }, token });
    }
    const twin = await this.before(claim);
    if (twin === undefined) throw new Error('a tenant that another request made is not there');
    return twin;
  }

  private async before({
    key,
    fingerprint,
  }: IdempotencyClaim): Promise<Result<CreatedTenant, TenantRequestReused> | undefined> {
    const before = await this.directory.byIdempotencyKey(key);
    if (before === undefined) return undefined;
    return before.fingerprint === fingerprint
      ? ok({ tenant: before.tenant })
      : err({ code: 'TENANT_REQUEST_REUSED', tenant: before.tenant.id });
  }
}
