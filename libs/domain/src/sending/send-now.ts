import type { PlannedBatch } from '../batch/batch.js';
import type { PlanBatches } from '../batch/plan-batches.js';
import { sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';

/** What somebody wants sent now; what is left out does not limit it. */
export interface SendNowRequest {
  readonly actor: string;
  readonly context?: ContextIdentifier;
  readonly dueBefore?: Instant;
}

export interface SentNow {
  readonly planned: readonly PlannedBatch[];
  /** Workers plan the rest, as the batches before it get to KSeF: an order is stored. */
  readonly moreFollow: boolean;
}

/** Planned at once in each context; the rest of a large backlog is left to the workers, and to the order. */
const MOST_BATCHES_AT_ONCE = 4;

/** Sends what waits, whatever the connection and the schedule: a person decided. */
export class SendNow {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly planBatches: PlanBatches,
  ) {}

  async execute(tenant: TenantId, request: SendNowRequest): Promise<SentNow> {
    const { actor, context, dueBefore } = request;
    const all = await this.unitOfWork.inTenant(tenant, (stores) => stores.contexts.all());
    const wanted = all
      .map(({ identifier }) => identifier)
      .filter((identifier) => context === undefined || sameContext(identifier, context));
    const planned: PlannedBatch[] = [];
    let moreFollow = false;
    for (const identifier of wanted) {
      const some = await this.planBatches.inContext(tenant, {
        ...{ context: identifier, actor, mostBatches: MOST_BATCHES_AT_ONCE },
        ...(dueBefore === undefined ? {} : { dueBefore }),
      });
      planned.push(...some);
      moreFollow ||= some.length === MOST_BATCHES_AT_ONCE;
    }
    if (moreFollow) await this.order(tenant, request);
    return { planned, moreFollow };
  }

  private async order(tenant: TenantId, request: SendNowRequest): Promise<void> {
    await this.unitOfWork.inTenant(tenant, async ({ sending, jobs }) => {
      await sending.addOrder({ ...request, orderedAt: this.clock.now() });
      await jobs.enqueue({ kind: 'plan-batches', tenant });
    });
  }
}
