import { sendingNow } from '../availability/sending-now.js';
import { ARCHIVE_ENTRY_BYTES, partsFor } from '../batch/batch-limits.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import { sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import {
  batchLimitsWithin,
  publishedContextLimits,
  type ContextLimitsSource,
} from '../rate-limit/context-limits.port.js';
import { limitOf } from '../rate-limit/rate-limit.js';
import { MOST_IN_HAND } from '../sending/fair-order.js';
import type { LiveBatch } from '../sending/sending-book.port.js';
import { turnOf, type SendingTurn } from '../sending/sending-turn.js';
import type { Clock } from '../shared/clock.port.js';
import { Temporal, type Instant } from '../shared/instant.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { measuredSpeed } from './delivery-speed.js';
import { forecast, type Forecast } from './forecast.js';

export interface ContextForecast {
  readonly context: ContextIdentifier;
  readonly forecast: Forecast;
  /** When the next batch is planned, and why; absent where nothing may go. */
  readonly next?: SendingTurn;
}

export interface TenantForecast {
  readonly at: Instant;
  readonly sending: boolean;
  /** Why it is sent now or not, for an accountant. */
  readonly sendingReason: string;
  readonly contexts: readonly ContextForecast[];
}

const DELIVERIES_LOOKED_AT = 20;

/** Tells until when everything that waits will be in KSeF, by what was measured and by what KSeF allows. */
export class ReadForecast {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly jurisdiction: Jurisdiction,
    private readonly lingerSeconds: number,
    private readonly limits: ContextLimitsSource = publishedContextLimits,
  ) {}

  async execute(tenant: TenantId): Promise<TenantForecast> {
    const now = this.clock.now();
    return this.unitOfWork.inTenant(tenant, async (stores) => {
      const { outages } = situationOf(await stores.legal.read(), this.jurisdiction);
      const { sending, reason } = sendingNow(now, outages, await stores.connection.read());
      const all = await stores.contexts.all();
      const live = await stores.sending.live();
      const announcedEnd = latest(outages.flatMap(({ start, end }) => (covers(now, start, end) ? (end ?? []) : [])));
      const possibleFrom = sending ? now : announcedEnd;
      const contexts: ContextForecast[] = [];
      for (const { identifier } of all) {
        contexts.push(await this.ofContext(stores, tenant, identifier, { now, possibleFrom, live }));
      }
      return { at: now, sending, sendingReason: reason, contexts };
    });
  }

  private async ofContext(
    { sending }: TenantStores,
    tenant: TenantId,
    context: ContextIdentifier,
    { now, possibleFrom, live }: { now: Instant; possibleFrom: Instant | undefined; live: readonly LiveBatch[] },
  ): Promise<ContextForecast> {
    const backlog = await sending.backlog(context);
    const speed = measuredSpeed(await sending.past(context, DELIVERIES_LOOKED_AT));
    const waiting = (await sending.waiting()).find((each) => sameContext(each.context, context));
    const { invoices, bytes } = batchLimitsWithin(await this.limits.contextLimits({ tenant, context }));
    const parts = partsFor(
      Math.min(
        bytes,
        backlog.reduce((sum, line) => sum + line.bytes, 0),
      ),
    );
    const next =
      waiting === undefined
        ? undefined
        : turnOf(waiting, { lingerSeconds: this.lingerSeconds, speed: speed.worst, parts });
    return {
      context,
      ...(next === undefined ? {} : { next }),
      forecast: forecast({
        now,
        sendingFrom: possibleFrom === undefined ? undefined : latest([possibleFrom, next?.at ?? now]),
        backlog,
        held: await sending.held(context),
        live: live.filter((batch) => sameContext(batch.context, context)),
        openings: await sending.openings(context, now.subtract({ hours: 1 })),
        limits: {
          invoices: Math.max(1, invoices),
          bytes,
          entryBytes: ARCHIVE_ENTRY_BYTES,
          openings: limitOf('batch-open'),
        },
        lanes: MOST_IN_HAND.ofContext,
        speed,
      }),
    };
  }
}

function covers(now: Instant, start: Instant, end: Instant | undefined): boolean {
  if (Temporal.Instant.compare(now, start) < 0) return false;
  return end === undefined || Temporal.Instant.compare(now, end) < 0;
}

function latest(moments: readonly Instant[]): Instant | undefined {
  return moments.reduce<Instant | undefined>(
    (known, moment) => (known === undefined || Temporal.Instant.compare(moment, known) > 0 ? moment : known),
    undefined,
  );
}
