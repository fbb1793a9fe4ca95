import { changePolicy, type PolicyChange, type PolicyRefusal, type PolicyRequest } from '../deadline/policy-change.js';
import { decideHousePolicies, type HousePolicyDecision, type HousePolicyRefusal } from '../deadline/house-policy.js';
import { contextLabel, sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';

/** A tenant reads one open question of the law in another way; every deadline follows. */
export class ChangeDeadlinePolicy {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute(tenant: TenantId, actor: string, request: PolicyRequest): Promise<Result<PolicyChange, PolicyRefusal>> {
    const change = changePolicy(request, this.clock.now());
    if (!change.ok) return change;
    const { policy, reading, author, reason, decidedAt } = change.value;
    await this.unitOfWork.inTenant(tenant, async ({ legal, recalculations, audit, jobs }) => {
      await legal.addPolicyChange(change.value);
      await recalculations.request(`policy ${policy} = ${reading}`);
      await jobs.enqueue({ kind: 'recalculate-deadlines', tenant });
      const subject = { kind: 'policy', id: policy } as const;
      const facts = { reading, person: author, reason };
      await audit.append([{ at: decidedAt, actor, action: 'policy.changed', subject, facts }]);
    });
    return change;
  }
}

export type DecideHousePoliciesRefusal =
  | { readonly code: 'HOUSE_POLICIES_REFUSED'; readonly refusals: readonly HousePolicyRefusal[] }
  | { readonly code: 'CONTEXT_NOT_FOUND'; readonly contexts: readonly string[] };

/** A tenant holds one of its contexts to stricter rules than the law, or to none any more. */
export class DecideHousePolicies {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute(
    tenant: TenantId,
    actor: string,
    request: Omit<HousePolicyDecision, 'decidedAt'>,
  ): Promise<Result<HousePolicyDecision, DecideHousePoliciesRefusal>> {
    const decision = decideHousePolicies(request, this.clock.now());
    if (!decision.ok) return err({ code: 'HOUSE_POLICIES_REFUSED', refusals: decision.error });
    const { context, policies, author, reason, decidedAt } = decision.value;
    return this.unitOfWork.inTenant(tenant, async ({ contexts, legal, recalculations, audit, jobs }) => {
      const own: readonly ContextIdentifier[] = (await contexts.all()).map(({ identifier }) => identifier);
      if (!own.some((candidate) => sameContext(candidate, context))) {
        return err({ code: 'CONTEXT_NOT_FOUND', contexts: own.map(contextLabel) });
      }
      await legal.addHousePolicyDecision(decision.value);
      await recalculations.request(`house policies of ${contextLabel(context)}`);
      await jobs.enqueue({ kind: 'recalculate-deadlines', tenant });
      const subject = { kind: 'policy', id: `house/${contextLabel(context)}` } as const;
      const facts = { policies: JSON.stringify(policies), person: author, reason };
      await audit.append([{ at: decidedAt, actor, action: 'house-policies.decided', subject, facts }]);
      return ok(decision.value);
    });
  }
}
