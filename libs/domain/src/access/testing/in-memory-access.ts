import type { TenantContexts } from '../../tenant/tenant-contexts.port.js';
import type { TenantContext } from '../../tenant/tenant.js';
import type { Instant } from '../../shared/instant.js';
import type { ApiKeyBook, KeyMaker, NewApiKey } from '../api-key-book.port.js';
import type { ApiKey } from '../api-key.js';
import type { Approval, ApprovalBook, ApprovalState, GuardedAction } from '../approval.js';

export class InMemoryApiKeys implements ApiKeyBook {
  stored: readonly NewApiKey[] = [];

  savepoint(): () => void {
    const { stored } = this;
    return () => (this.stored = stored);
  }

  lock(): Promise<void> {
    return Promise.resolve();
  }

  add(key: NewApiKey): Promise<void> {
    this.stored = [...this.stored, key];
    return Promise.resolve();
  }

  all(): Promise<readonly ApiKey[]> {
    return Promise.resolve(this.stored.map(({ key }) => key).reverse());
  }

  byIdempotencyKey(wanted: string) {
    return Promise.resolve(this.stored.find(({ idempotencyKey }) => idempotencyKey === wanted));
  }

  revoke(id: string, at: Instant): Promise<ApiKey | undefined> {
    this.stored = this.stored.map((each) =>
      each.key.id === id && each.key.revokedAt === undefined ? { ...each, key: { ...each.key, revokedAt: at } } : each,
    );
    return Promise.resolve(this.stored.find(({ key }) => key.id === id)?.key);
  }
}

/** The contexts of the one tenant of a database; `used` are in the way of being removed. */
export class InMemoryContexts implements TenantContexts {
  constructor(
    private readonly database: { tenantContexts: readonly TenantContext[]; usedContexts: readonly string[] },
  ) {}

  all(): Promise<readonly TenantContext[]> {
    return Promise.resolve(this.database.tenantContexts);
  }

  add(context: TenantContext): Promise<void> {
    this.database.tenantContexts = [...this.database.tenantContexts, context];
    return Promise.resolve();
  }

  removeUnlessUsed(id: string): Promise<string | undefined> {
    if (this.database.usedContexts.includes(id)) return Promise.resolve('invoice');
    this.database.tenantContexts = this.database.tenantContexts.filter((context) => context.id !== id);
    return Promise.resolve(undefined);
  }
}

/** A maker without randomness. */
export const plainKeyMaker: KeyMaker = { make: (id) => ({ token: `ltk_${id}_secret`, sha256: `hash of ${id}` }) };

export class InMemoryApprovals implements ApprovalBook {
  stored: readonly Approval[] = [];

  savepoint(): () => void {
    const { stored } = this;
    return () => (this.stored = stored);
  }

  add(approval: Approval): Promise<void> {
    this.stored = [approval, ...this.stored];
    return Promise.resolve();
  }

  find(wanted: string): Promise<Approval | undefined> {
    return Promise.resolve(this.stored.find(({ id }) => id === wanted));
  }

  list(limit: number, after: string | undefined): Promise<readonly Approval[]> {
    const from = after === undefined ? 0 : this.stored.findIndex(({ id }) => id === after) + 1;
    return Promise.resolve(this.stored.slice(from, from + limit));
  }

  open(action: GuardedAction): Promise<Approval | undefined> {
    const same = (other: GuardedAction): boolean => JSON.stringify(other) === JSON.stringify(action);
    return Promise.resolve(this.stored.find(({ state, action: other }) => state === 'proposed' && same(other)));
  }

  save(approval: Approval, from: ApprovalState): Promise<boolean> {
    const isThere = this.stored.some(({ id, state }) => id === approval.id && state === from);
    this.stored = this.stored.map((each) => (isThere && each.id === approval.id ? approval : each));
    return Promise.resolve(isThere);
  }
}
