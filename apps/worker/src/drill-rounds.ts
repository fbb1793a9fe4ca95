import { PORTS, type Clock, type StopSignal, type TenantId, type UnitOfWork } from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';

/** Invoices per context of a drill that nobody asked for. */
const SCHEDULED_INVOICES = 3;

/** The drills of all tenants: those under way, and those that are due by the clock. */
export class DrillRounds {
  readonly #unitOfWork: UnitOfWork;

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
    const since = this.composition.container.get<Clock>(PORTS.clock).now().subtract({ hours: this.everyHours });
    return this.#unitOfWork.inSystem(({ tenants }) => tenants.withoutDrillSince(since));
  }

  /** Not while an outage is announced; then it is asked for again in the next round. */
  async ask(tenant: TenantId): Promise<void> {
    const asked = await this.composition.useCases.startDrill.execute(tenant, {
      ...{ person: 'schedule', actor: 'worker', scheduled: true },
      invoicesPerContext: SCHEDULED_INVOICES,
    });
    if (asked.ok) this.log({ event: 'worker.drill-asked', tenant, drill: asked.value.id });
  }

  async advance(tenant: TenantId, stop: StopSignal): Promise<void> {
    const drill = await this.composition.useCases.advanceDrill.execute(tenant, stop);
    if (drill === undefined || drill.state === 'draining') return;
    const verdict = drill.state === 'checked' ? drill.report.verdict : undefined;
    this.log({ event: 'worker.drill', tenant, drill: drill.id, state: drill.state, verdict });
  }
}
