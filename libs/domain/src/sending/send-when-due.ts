import { sendingNow } from '../availability/sending-now.js';
import { BATCH_LIMITS, partsFor } from '../batch/batch-limits.js';
import type { BatchState, PlannedBatch } from '../batch/batch.js';
import type { PlanBatches, SendingHeld } from '../batch/plan-batches.js';
import { isBefore } from '../calendar/warsaw-time.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { contextLabel, sameContext } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { measuredSpeed } from '../forecast/delivery-speed.js';
import { roomFor } from './fair-order.js';
import type { LiveBatch, WaitingContext } from './sending-book.port.js';
import { CAUTIOUS_SPEED, spread, turnOf, type SendingTurn } from './sending-turn.js';

/** States in which a worker has a batch in hand; in the others KSeF has it. */
const IN_HAND: readonly BatchState[] = ['planned', 'packed', 'opening', 'open', 'closing'];

/** The first session after an outage shows whether KSeF works: it is small, and alone (reliability B8). */
export const FIRST_SESSION_INVOICES = 100;
const LONGEST_SPREAD_SECONDS = 30;
/** Past deliveries that the speed is measured by. */
const DELIVERIES_LOOKED_AT = 20;

interface Standing {
  readonly waiting: readonly WaitingContext[];
  readonly live: readonly LiveBatch[];
  /** Sending is possible since. */
  readonly openSince: Instant;
}

/** A context whose turn it is. */
interface DueContext {
  readonly waiting: WaitingContext;
  readonly turn: SendingTurn;
}

/** Sends what waits when its time has come: by order, by the tenant's schedule, and always in time for its target. */
export class SendWhenDue {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly planBatches: PlanBatches,
    private readonly jurisdiction: Jurisdiction,
    private readonly lingerSeconds: number,
  ) {}

  /** Tenants of which something is due, as far as the schedule tells; `execute` decides. Each once. */
  async tenantsDue(): Promise<readonly TenantId[]> {
    const waiting = await this.unitOfWork.inSystem((stores) => stores.waitingContexts());
    const now = this.clock.now();
    const due = waiting.filter((context) => !isBefore(now, this.earliestTurn(context).at));
    return [...new Set(due.map(({ tenant }) => tenant))];
  }

  /** Plans what is due and finds room, the earliest target first. */
  async execute(tenant: TenantId): Promise<Result<readonly PlannedBatch[], SendingHeld>> {
    const standing = await this.unitOfWork.inTenant(tenant, (stores) => this.standing(stores));
    if (!standing.ok) return standing;
    const planned: PlannedBatch[] = [];
    for (const due of await this.dueContexts(tenant, standing.value)) {
      planned.push(...(await this.planIn(tenant, due, standing.value, planned)));
    }
    await this.unitOfWork.inTenant(tenant, ({ sending }) => sending.endFulfilledOrders());
    return ok(planned);
  }

  private async standing({ legal, connection, sending }: TenantStores): Promise<Result<Standing, SendingHeld>> {
    const now = this.clock.now();
    const { outages } = situationOf(await legal.read(), this.jurisdiction);
    const known = await connection.read();
    const decision = sendingNow(now, outages, known);
    if (!decision.sending) return err({ code: 'SENDING_HELD', reason: decision.reason });
    const openSince = known?.gate?.since ?? now;
    return ok({ waiting: await sending.waiting(), live: await sending.live(), openSince });
  }

  private async dueContexts(tenant: TenantId, { waiting }: Standing): Promise<readonly DueContext[]> {
    const now = this.clock.now();
    const due: DueContext[] = [];
    for (const context of waiting) {
      const turn = isBefore(now, this.earliestTurn(context).at) ? undefined : await this.turn(tenant, context);
      if (turn !== undefined && !isBefore(now, turn.at)) due.push({ waiting: context, turn });
    }
    return due;
  }

  /** As if the first batch were as large as can be: never later than the turn itself. */
  private earliestTurn(waiting: WaitingContext): SendingTurn {
    return turnOf(waiting, { lingerSeconds: this.lingerSeconds, speed: CAUTIOUS_SPEED, parts: BATCH_LIMITS.parts });
  }

  /** By the size of the first batch and by how fast the last ones went. */
  private async turn(tenant: TenantId, waiting: WaitingContext): Promise<SendingTurn> {
    const { bytes, past } = await this.unitOfWork.inTenant(tenant, async ({ sending }) => {
      const lines = await sending.backlog(waiting.context, BATCH_LIMITS.invoices);
      const sum = lines.reduce((total, line) => total + line.bytes, 0);
      return { bytes: sum, past: await sending.past(waiting.context, DELIVERIES_LOOKED_AT) };
    });
    return turnOf(waiting, {
      lingerSeconds: this.lingerSeconds,
      speed: measuredSpeed(past).worst,
      parts: partsFor(bytes),
    });
  }

  private async planIn(
    tenant: TenantId,
    { waiting, turn }: DueContext,
    { live, openSince }: Standing,
    planned: readonly PlannedBatch[],
  ): Promise<readonly PlannedBatch[]> {
    const { context } = waiting;
    const inHand = live.filter(({ state }) => IN_HAND.includes(state));
    const ofContext = inHand.filter((batch) => sameContext(batch.context, context)).length;
    const room = roomFor({ ofContext, ofTenant: inHand.length + planned.length });
    if (room === 0 || (await this.planBatches.whyResting(tenant, context)) !== undefined) return [];
    const order = { context, actor: 'worker', mostBatches: room, ...scopeOf(waiting, turn) };
    if (this.isUrgent(turn) || (await this.hasDeliveredSince(tenant, waiting, openSince))) {
      return this.planBatches.inContext(tenant, order);
    }
    if (ofContext > 0 || isBefore(this.clock.now(), this.startAfter(tenant, waiting, openSince))) return [];
    return this.planBatches.inContext(tenant, { ...order, mostBatches: 1, mostInvoices: FIRST_SESSION_INVOICES });
  }

  private isUrgent({ because, pressingFrom }: SendingTurn): boolean {
    return because === 'ordered' || (pressingFrom !== undefined && !isBefore(this.clock.now(), pressingFrom));
  }

  private hasDeliveredSince(tenant: TenantId, { context }: WaitingContext, since: Instant): Promise<boolean> {
    return this.unitOfWork.inTenant(tenant, ({ sending }) => sending.hasDeliveredSince(context, since));
  }

  /** Contexts that waited for the same moment begin one after another, within a quarter of the time to linger. */
  private startAfter(tenant: TenantId, { context }: WaitingContext, openSince: Instant): Instant {
    const longestMs = Math.min(LONGEST_SPREAD_SECONDS, this.lingerSeconds / 4) * 1000;
    return openSince.add({ milliseconds: Math.floor(longestMs * spread(`${tenant}/${contextLabel(context)}`)) });
  }
}

/** An order may be for a part of what waits. */
function scopeOf({ orderedDueBefore }: WaitingContext, { because }: SendingTurn) {
  return because === 'ordered' && orderedDueBefore !== undefined ? { dueBefore: orderedDueBefore } : {};
}
