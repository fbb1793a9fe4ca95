import {
  isDrillUnderWay,
  PORTS,
  type Clock,
  type Instant,
  type StopSignal,
  type TenantId,
  type UnitOfWork,
} from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';

/** Invoices per context of a drill that nobody asked for. */
const SCHEDULED_INVOICES = 3;
/** Between two looks for drills that are due by the clock. */
const ASK_EVERY_SECONDS = 10;

/** The drills of all tenants: those under way, and those that are due by the clock. */
export class DrillRounds {
  readonly #unitOfWork: UnitOfWork;
  #askedAt: Instant | undefined;

  /** @param everyHours 0: only when somebody asks */
  constructor(
    private readonly composition: Composition,
    private readonly everyHours: number,
    private readonly log: Log,
  ) {
    this.#unitOfWork = composition.container.get<UnitOfWork>(PORTS.unitOfWork);
  }

  tenantsUnderWay(): Promise<readonly TenantId[]> {
    return this.#unitOfWork.inSystem(({ tenants }) => tenants.withDrills());
  }

  async tenantsToAsk(): Promise<readonly TenantId[]> {
    if (this.everyHours === 0) return [];
    const now = this.composition.container.get<Clock>(PORTS.clock).now();
    if (this.#askedAt !== undefined && now.since(this.#askedAt).total('seconds') < ASK_EVERY_SECONDS) return [];
    this.#askedAt = now;
    const since = now.subtract({ hours: this.everyHours });
    return this.#unitOfWork.inSystem(({ tenants }) => tenants.withoutDrillSince(since));
  }

  /** Not while an outage is announced; then it is asked for again in the next round. */
  async ask(tenant: TenantId): Promise<void> {
    const asked = await this.composition.useCases.startDrill.execute(tenant, {
      ...{ person: 'schedule', actor: 'worker', scheduled: true },
      invoicesPerContext: SCHEDULED_INVOICES,
    });
    if (asked.ok) this.log({ event: 'worker.drill-asked', tenant, drill: asked.value.drill.id });
  }

  async advance(tenant: TenantId, stop: StopSignal): Promise<void> {
    const drill = await this.composition.useCases.advanceDrill.execute(tenant, stop);
    if (drill === undefined || isDrillUnderWay(drill)) return;
    const outcome = drill.state === 'checked' ? { verdict: drill.report.verdict } : { reason: drill.reason };
    this.log({ event: 'worker.drill', tenant, drill: drill.id, state: drill.state, ...outcome });
  }
}
