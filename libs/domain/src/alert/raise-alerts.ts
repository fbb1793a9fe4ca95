import { contextLabel } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { StopSignal } from '../shared/job-source.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { RaisedAlert } from './alert-log.port.js';
import { stageName, type AlertStage } from './alert-stage.js';

/** Warnings of one transaction. */
const AT_A_TIME = 5000;

/** How many warnings were raised, by the name of their stage. */
export type AlertCounts = Readonly<Record<string, number>>;

/**
 * Warns of every waiting invoice whose deadline is near or past, or has stayed open: once for each stage and deadline, also for stages that
 * passed while no worker ran. Nothing else happens to the invoice: a late one is sent like any other.
 */
export class RaiseAlerts {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly stages: readonly AlertStage[],
  ) {}

  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<AlertCounts> {
    const counts: Record<string, number> = {};
    for (const stage of this.stages) {
      let raised: number;
      do {
        if (stop.aborted) return counts;
        raised = await this.raise(tenant, stage);
        counts[stageName(stage)] = (counts[stageName(stage)] ?? 0) + raised;
      } while (raised === AT_A_TIME);
    }
    return counts;
  }

  private raise(tenant: TenantId, stage: AlertStage): Promise<number> {
    return this.unitOfWork.inTenant(tenant, async ({ alerts, outbox }) => {
      const raised = await alerts.raise(stage, this.clock.now(), AT_A_TIME);
      await outbox.append(raised.map(eventOf));
      return raised.length;
    });
  }
}

function eventOf({ invoiceId, number, context, state, stage, dueAt, raisedAt }: RaisedAlert) {
  const facts = { stage, dueAt: dueAt.toString(), number, context: contextLabel(context), state };
  return { at: raisedAt, type: 'deadline.alert', subject: invoiceId, facts };
}
