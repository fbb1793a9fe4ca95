import { PORTS, type Clock, type Instant, type StopSignal, type TenantId, type UnitOfWork } from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';

/** Entries of one block; what is over goes into the next one at once. */
const ENTRIES_IN_A_BLOCK = 1000;
const CHECKPOINT_SECONDS = 3600;

/**
 * Seals the audit entries of all tenants, and writes the newest block of each to the log, once an hour and when it begins:
 * who has the log can tell whether the end of a chain was cut off.
 */
export class AuditRounds {
  readonly #unitOfWork: UnitOfWork;
  readonly #clock: Clock;
  readonly #told = new Map<TenantId, number>();
  #toldAt: Instant | undefined;

  constructor(
    composition: Composition,
    private readonly log: Log,
  ) {
    this.#unitOfWork = composition.container.get<UnitOfWork>(PORTS.unitOfWork);
    this.#clock = composition.container.get<Clock>(PORTS.clock);
  }

  async seal(stop: StopSignal): Promise<void> {
    for (const tenant of await this.#unitOfWork.inSystem(({ auditSeals }) => auditSeals.tenantsUnsealed())) {
      let sealed = ENTRIES_IN_A_BLOCK;
      while (sealed === ENTRIES_IN_A_BLOCK && !stop.aborted) {
        sealed = await this.#unitOfWork.inSystem(({ auditSeals }) => auditSeals.seal(tenant, ENTRIES_IN_A_BLOCK));
      }
    }
    await this.checkpoint();
  }

  private async checkpoint(): Promise<void> {
    const now = this.#clock.now();
    if (this.#toldAt !== undefined && now.since(this.#toldAt).total('seconds') < CHECKPOINT_SECONDS) return;
    const newest = await this.#unitOfWork.inSystem(({ auditSeals }) => auditSeals.checkpoints());
    if (newest.length === 0) return;
    this.#toldAt = now;
    for (const { tenant, block, sha256 } of newest) {
      if (this.#told.get(tenant) === block) continue;
      this.#told.set(tenant, block);
      this.log({ event: 'audit.checkpoint', tenant, block, sha256 });
    }
  }
}
