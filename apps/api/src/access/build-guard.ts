import {
  PORTS,
  type ApiKeys,
  type Clock,
  type RequestBudget,
  type TenantDirectory,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';
import { AccessGuard, auditRefusal } from './access.guard.js';
import type { AccessOptions } from './access-options.js';
import { Authenticator } from './authenticator.js';
import type { KnownKeys } from './known-keys.js';
import { RequestLimiter } from './request-limiter.js';

/** The guard of all routes, over the ports of a composition, and what it remembers of keys. */
export function buildGuard(
  { container }: Pick<Composition, 'container'>,
  log: Log,
  options: AccessOptions,
): { readonly guard: AccessGuard; readonly knownKeys: KnownKeys } {
  const unitOfWork = container.get<UnitOfWork>(PORTS.unitOfWork);
  const clock = container.get<Clock>(PORTS.clock);
  const budget = container.get<RequestBudget>(PORTS.requestBudget);
  const nowMs = (): number => performance.now();
  const authenticator = new Authenticator(
    {
      apiKeys: container.get<ApiKeys>(PORTS.apiKeys),
      directory: container.get<TenantDirectory>(PORTS.tenantDirectory),
      ...{ budget, clock, nowMs },
      onUnusableKey: ({ tenant, actor, reason }) =>
        auditRefusal({ unitOfWork, clock }, { tenant, actor, action: 'access.refused', id: 'credential' }, { reason }),
    },
    options,
  );
  const limiter = new RequestLimiter(budget, nowMs);
  const guard = new AccessGuard({ authenticator, limiter, unitOfWork, clock, log }, options.limits);
  return { guard, knownKeys: authenticator.knownKeys };
}
