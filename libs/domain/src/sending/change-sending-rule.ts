import type { Clock } from '../shared/clock.port.js';
import type { Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { decideSendingRule, type SendingRuleDecision, type SendingRuleRefusal } from './sending-rule.js';

/** A tenant decides when its invoices are sent; what waits follows the new rule at once. */
export class ChangeSendingRule {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async execute(
    tenant: TenantId,
    wanted: Omit<SendingRuleDecision, 'decidedAt'>,
  ): Promise<Result<SendingRuleDecision, readonly SendingRuleRefusal[]>> {
    const decision = decideSendingRule(wanted, this.clock.now());
    if (!decision.ok) return decision;
    const { schedule, hoursBeforeTarget, person, actor, reason, decidedAt: at } = decision.value;
    await this.unitOfWork.inTenant(tenant, async ({ sending, audit, jobs }) => {
      await sending.addRule(decision.value);
      const subject = { kind: 'policy', id: 'sending' } as const;
      const facts = { schedule: JSON.stringify(schedule), hoursBeforeTarget, person, reason };
      await audit.append([{ at, actor, action: 'sending-rule.decided', subject, facts }]);
      await jobs.enqueue({ kind: 'plan-batches', tenant });
    });
    return decision;
  }
}
