import { DEFAULT_ALERT_HOURS } from '../alert/alert-stage.js';
import { warsawDay } from '../calendar/warsaw-time.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant, PlainDate } from '../shared/instant.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { Deadline, OfflineRegime } from './deadline.js';

/** Waiting invoices of one context, procedure and end. */
export interface BookLine {
  readonly context: ContextIdentifier;
  readonly kind: Deadline['kind'];
  readonly regime: OfflineRegime;
  /** Statutory end; absent unless `due`. */
  readonly endsAt?: Instant;
  /** The earliest target of the house among them. */
  readonly targetAt?: Instant;
  readonly invoices: number;
  /** Those on which a person has to act before they can be sent: refused, blocked, in conflict or under review. */
  readonly needPerson: number;
}

/** What waits, and until when. */
export interface DeadlineBook {
  /** Of one tenant, the earliest end first. @param context only this one */
  lines(context?: ContextIdentifier): Promise<readonly BookLine[]>;
}

/** What is due on a day in a context. `day` is absent while no end is known, and where nothing is to be sent. */
export interface DueDay {
  readonly day?: PlainDate;
  readonly context: ContextIdentifier;
  readonly kind: Deadline['kind'];
  readonly endsAt?: Instant;
  readonly targetAt?: Instant;
  readonly invoices: number;
  readonly needPerson: number;
  readonly byRegime: Readonly<Partial<Record<OfflineRegime, number>>>;
  /** Of how many the end is nearer than so many hours, by hours; those past it count as overdue only. */
  readonly atRisk: Readonly<Record<string, number>>;
  readonly overdue: number;
}

/** The deadlines of a tenant, grouped by day and context. */
export class ReadDeadlines {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly riskHours: readonly number[] = DEFAULT_ALERT_HOURS,
  ) {}

  async execute(tenant: TenantId, context?: ContextIdentifier): Promise<readonly DueDay[]> {
    const lines = await this.unitOfWork.inTenant(tenant, ({ deadlineBook }) => deadlineBook.lines(context));
    const days = new Map<string, DueDay>();
    for (const line of lines) {
      const key = `${line.endsAt?.toString() ?? line.kind}/${line.context.type}/${line.context.value}`;
      days.set(key, joined(days.get(key), line));
    }
    const now = this.clock.now();
    return [...days.values()].map((day) => withRisk(day, now, this.riskHours));
  }
}

function joined(day: DueDay | undefined, line: BookLine): DueDay {
  const { context, kind, endsAt, regime, invoices, needPerson } = line;
  const before: Pick<DueDay, 'invoices' | 'needPerson' | 'byRegime'> = day ?? {
    invoices: 0,
    needPerson: 0,
    byRegime: {},
  };
  const targetAt = earlier(day?.targetAt, line.targetAt);
  return {
    ...(endsAt === undefined ? {} : { day: warsawDay(endsAt), endsAt }),
    context,
    kind,
    ...(targetAt === undefined ? {} : { targetAt }),
    invoices: before.invoices + invoices,
    needPerson: before.needPerson + needPerson,
    byRegime: { ...before.byRegime, [regime]: (before.byRegime[regime] ?? 0) + invoices },
    atRisk: {},
    overdue: 0,
  };
}

function earlier(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.epochMilliseconds <= b.epochMilliseconds ? a : b;
}

function withRisk(day: DueDay, now: Instant, hours: readonly number[]): DueDay {
  const { endsAt, invoices } = day;
  if (endsAt === undefined) return { ...day, atRisk: Object.fromEntries(hours.map((each) => [`${String(each)}h`, 0])) };
  const leftMs = endsAt.epochMilliseconds - now.epochMilliseconds;
  const within = (each: number): number => (leftMs >= 0 && leftMs <= each * 3_600_000 ? invoices : 0);
  return {
    ...day,
    atRisk: Object.fromEntries(hours.map((each) => [`${String(each)}h`, within(each)])),
    overdue: leftMs < 0 ? invoices : 0,
  };
}
