import type { StopSignal } from '../shared/job-source.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';

const AT_A_TIME = 1000;
/** In one pass; what is left goes with the next one. */
const MOST_CHUNKS = 100;

/**
 * Deletes events for their age: only those that every webhook of the tenant has had. Streams read what is left; whoever
 * resumes before it is told so.
 */
export class PruneEvents {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly keptDays: number,
  ) {}

  /** Tenants with events that are old enough. */
  tenantsDue(): Promise<readonly TenantId[]> {
    return this.unitOfWork.inSystem(({ tenants }) => tenants.withOldEvents(this.keptDays));
  }

  /** @returns how many */
  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<number> {
    // Nobody may have read them: what has no place yet gets one first.
    const place = () => this.unitOfWork.inTenant(tenant, ({ eventFeed }) => eventFeed.sequence(AT_A_TIME));
    while (!stop.aborted && (await place()) === AT_A_TIME);
    let pruned = 0;
    for (let chunk = 0; chunk < MOST_CHUNKS && !stop.aborted; chunk++) {
      const gone = await this.unitOfWork.inTenant(tenant, ({ eventFeed }) => eventFeed.prune(this.keptDays, AT_A_TIME));
      pruned += gone;
      if (gone < AT_A_TIME) break;
    }
    return pruned;
  }
}
