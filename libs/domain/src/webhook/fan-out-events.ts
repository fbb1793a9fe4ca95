import type { StopSignal } from '../shared/job-source.port.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';

const AT_A_TIME = 1000;
/** In one pass: then other tenants have their turn. */
const MOST_ROUNDS = 20;

/** Gives new events their place, and makes a delivery of each for every webhook that wants it. Safe to run twice at once. */
export class FanOutEvents {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async execute(tenant: TenantId, stop: StopSignal = { aborted: false }): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS && !stop.aborted; round++) {
      const isOver = await this.unitOfWork.inTenant(tenant, async ({ eventFeed, webhookDeliveries }) => {
        const placed = await eventFeed.sequence(AT_A_TIME);
        return (await webhookDeliveries.fanOut(AT_A_TIME)) && placed < AT_A_TIME;
      });
      if (isOver) return;
    }
  }
}
