import { PORTS, type StopSignal, type UnitOfWork } from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';

/** E-mails to buyers, of all tenants: what goes by itself is decided, and what is due is sent. */
export class EmailRounds {
  readonly #unitOfWork: UnitOfWork;

  constructor(
    private readonly composition: Composition,
    private readonly log: Log,
    private readonly report: (error: unknown) => void,
  ) {
    this.#unitOfWork = composition.container.get<UnitOfWork>(PORTS.unitOfWork);
  }

  /** One tenant after another: a failing one is reported and holds up no other. Without a mail system nothing waits. */
  async look(stop: StopSignal): Promise<void> {
    const { emails } = this.composition.useCases;
    if (emails === undefined) return;
    for (const tenant of await this.#unitOfWork.inSystem(({ tenants }) => tenants.withEmails())) {
      if (stop.aborted) return;
      try {
        const planned = await emails.plan.execute(tenant, stop);
        const tally = await emails.send.execute(tenant, stop);
        const isAnything = planned > 0 || Object.values(tally).some((count) => count > 0);
        if (isAnything) this.log({ event: 'worker.emails', tenant, planned, ...tally });
      } catch (error) {
        this.report(error);
      }
    }
  }
}
