import { PORTS, type DueWebhook, type StopSignal, type UnitOfWork } from '@latarnik/domain';
import type { Composition, Log } from '@latarnik/composition';
import type { WorkerMetrics } from './metrics.js';
import { WorkLanes, type LaneWork } from './work-lanes.js';

/** Receivers that one process posts to side by side: a slow one keeps its lane and no other. */
const WEBHOOKS_AT_A_TIME = 8;
/** Looked at in one round; the next one looks again. */
const WEBHOOKS_OFFERED = 64;

/** Gives new events their places, delivers them to webhooks, and lets go of those that everybody has had. */
export class EventRounds {
  readonly #unitOfWork: UnitOfWork;
  readonly #lanes: WorkLanes<LaneWork & { readonly webhook: DueWebhook }>;

  constructor(
    private readonly composition: Composition,
    private readonly worker: {
      readonly stop: StopSignal;
      readonly metrics: WorkerMetrics;
      readonly log: Log;
      readonly report: (error: unknown) => void;
    },
  ) {
    this.#unitOfWork = composition.container.get<UnitOfWork>(PORTS.unitOfWork);
    this.#lanes = new WorkLanes(WEBHOOKS_AT_A_TIME, ({ webhook }) => this.deliver(webhook), worker.report);
  }

  /** Only looks, and offers what is due: no receiver holds up the next look. */
  async look(): Promise<void> {
    const { stop, report } = this.worker;
    for (const tenant of await this.#unitOfWork.inSystem(({ tenants }) => tenants.withNewEvents())) {
      if (stop.aborted) return;
      await this.composition.useCases.fanOutEvents.execute(tenant, stop).catch(report);
    }
    const due = await this.#unitOfWork.inSystem((stores) => stores.dueWebhooks(WEBHOOKS_OFFERED));
    this.#lanes.offer(due.map((webhook) => ({ key: webhook.webhookId, alone: false, webhook })));
  }

  async prune(): Promise<void> {
    const { stop, log, report } = this.worker;
    const { pruneEvents } = this.composition.useCases;
    for (const tenant of await pruneEvents.tenantsDue()) {
      if (stop.aborted) return;
      try {
        const pruned = await pruneEvents.execute(tenant, stop);
        if (pruned > 0) log({ event: 'worker.events-pruned', tenant, pruned });
      } catch (error) {
        report(error);
      }
    }
  }

  /** What is on its way ends; nothing more begins. */
  stop(): Promise<void> {
    return this.#lanes.stop();
  }

  private async deliver({ tenant, webhookId }: DueWebhook): Promise<void> {
    const { stop, metrics, log } = this.worker;
    const tally = await this.composition.useCases.deliverEvents.execute(tenant, webhookId, stop);
    metrics.webhooksTook(tally);
    const { delivered, failed, unknown, stopped } = tally;
    if (delivered + failed + unknown > 0 || stopped !== undefined) {
      log({ event: 'worker.webhook', tenant, webhookId, ...tally });
    }
  }
}
