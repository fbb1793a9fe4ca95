import { isBefore } from '../calendar/warsaw-time.js';
import { situationOf, type Jurisdiction } from '../legal-situation/legal-situation.js';
import type { EnterNotice, NoticeRefusal, NoticeRequest } from '../outage/enter-notice.js';
import { covers } from '../outage/outage.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { downtimeEndId, downtimeNoticeId, downtimesOf, type Downtime } from './downtime.js';

export interface DowntimeRequest {
  /** Names it; the same id with the same content is one simulation, however often it is sent. */
  readonly id: string;
  readonly category: 'failure' | 'maintenance';
  /** Default: now. Only maintenance may be planned, and then with its end. */
  readonly start?: Instant;
  readonly end?: Instant;
  /** What people are to be shown; not blank. */
  readonly banner: string;
  readonly person: string;
  readonly actor: string;
}

export type DowntimeRefusal =
  | NoticeRefusal
  | { readonly code: 'BANNER_MISSING' }
  /** One is on, or a planned one overlaps: end or take back that one first. */
  | { readonly code: 'DOWNTIME_ALREADY'; readonly eventId: string }
  /** An outage that is not simulated is in force; nothing is rehearsed on top of it. */
  | { readonly code: 'OUTAGE_IN_FORCE'; readonly eventId: string }
  /** The time asked for holds a part of an outage or a simulation that is over, or of an outage that is announced. */
  | { readonly code: 'DOWNTIME_OVERLAPS'; readonly eventId: string; readonly start: Instant; readonly end?: Instant };

export type EndRefusal = NoticeRefusal | { readonly code: 'NO_DOWNTIME' };

const TITLE = 'Symulacja niedostępności KSeF (próba)';
const READ_AT = 'downtime simulation';

/** Switches a downtime simulation on, or plans one; on production it is refused. */
export class StartDowntime {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly enterNotice: EnterNotice,
    private readonly clock: Clock,
    private readonly jurisdiction: Jurisdiction,
  ) {}

  async execute(tenant: TenantId, request: DowntimeRequest): Promise<Result<Downtime, DowntimeRefusal>> {
    if (this.jurisdiction.environment === 'production') return err({ code: 'SIMULATION_ON_PRODUCTION' });
    if (request.banner.trim() === '') return err({ code: 'BANNER_MISSING' });
    const now = this.clock.now();
    const { start = now } = request;
    const refusal = await this.whyNot(tenant, start, request, now);
    if (refusal !== undefined) return err(refusal);
    const entered = await this.enterNotice.execute(tenant, openingNotice(request, start, now));
    if (!entered.ok) return entered;
    const { eventId } = entered.value.notice;
    const started = (await this.downtimes(tenant, now)).find((downtime) => downtime.eventId === eventId);
    if (started !== undefined) return ok(started);
    return err({ code: 'NOTICE_INVALID', findings: [{ field: 'end', message: 'Lies in the past already.' }] });
  }

  private async whyNot(
    tenant: TenantId,
    start: Instant,
    { end }: DowntimeRequest,
    now: Instant,
  ): Promise<DowntimeRefusal | undefined> {
    const { bulletins, situation } = await this.read(tenant);
    // A failure ends when it is ended; until then it reaches as far as now.
    const asked = { start, ...(end === undefined ? {} : { end }) };
    const other = downtimesOf(bulletins, now).find((known) => overlap(asked, known));
    if (other !== undefined) return { code: 'DOWNTIME_ALREADY', eventId: other.eventId };
    const inForce = situation.announced.find((outage) => covers(outage, now) && overlap(asked, outage));
    if (inForce !== undefined) return { code: 'OUTAGE_IN_FORCE', eventId: inForce.eventId };
    const until = end ?? (isBefore(start, now) ? now : start.add({ milliseconds: 1 }));
    const overlapped = situation.announced.find((outage) => overlap({ start, end: until }, outage));
    if (overlapped === undefined) return undefined;
    const { eventId, start: since, end: over } = overlapped;
    return { code: 'DOWNTIME_OVERLAPS', eventId, start: since, ...(over === undefined ? {} : { end: over }) };
  }

  private async downtimes(tenant: TenantId, now: Instant): Promise<readonly Downtime[]> {
    return downtimesOf((await this.read(tenant)).bulletins, now);
  }

  private read(tenant: TenantId) {
    return this.unitOfWork.inTenant(tenant, async ({ legal }) => {
      const records = await legal.read();
      return { bulletins: records.bulletins, situation: situationOf(records, this.jurisdiction) };
    });
  }
}

/** Start inclusive, end exclusive; without an end it goes on. */
interface Period {
  readonly start: Instant;
  readonly end?: Instant;
}

const overlap = (a: Period, b: Period): boolean =>
  (a.end === undefined || isBefore(b.start, a.end)) && (b.end === undefined || isBefore(a.start, b.end));

/** Ends the simulation that runs; when none runs, takes back those that are planned. Then waiting invoices go. */
export class EndDowntime {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly enterNotice: EnterNotice,
    private readonly clock: Clock,
  ) {}

  /** @param by who ends it; by default counts as the person who began */
  async execute(
    tenant: TenantId,
    by: { readonly person?: string; readonly actor: string },
  ): Promise<Result<readonly Downtime[], EndRefusal>> {
    const now = this.clock.now();
    const known = await this.unitOfWork.inTenant(tenant, async ({ legal }) =>
      downtimesOf((await legal.read()).bulletins, now),
    );
    const running = known.filter(({ state }) => state === 'running');
    const ending = running.length > 0 ? running : known;
    if (ending.length === 0) return err({ code: 'NO_DOWNTIME' });
    for (const downtime of ending) {
      const enteredBy = { person: by.person ?? downtime.person, actor: by.actor, readAt: READ_AT };
      const entered = await this.enterNotice.execute(tenant, closingNotice(downtime, now, enteredBy));
      if (!entered.ok && entered.error.code !== 'NOTICE_VERSION_TAKEN') return entered;
    }
    return ok(ending.map((downtime) => (downtime.state === 'running' ? { ...downtime, end: now } : downtime)));
  }
}

/** The notice that opens a simulation. Deterministic: sent again, it is the same entry. */
export function openingNotice(request: DowntimeRequest, start: Instant, publishedAt: Instant): NoticeRequest {
  const { id, category, end, banner, person, actor } = request;
  return {
    id: downtimeNoticeId(id),
    version: 1,
    ...{ category, start, publishedAt, title: TITLE, text: banner, simulation: true },
    type: category === 'failure' ? 'start' : 'announcement',
    ...(end === undefined ? {} : { end }),
    enteredBy: { person, actor, readAt: READ_AT },
  };
}

/** A failure gets its end message; maintenance that runs is shortened, and one to come is withdrawn. */
export function closingNotice(downtime: Downtime, end: Instant, enteredBy: NoticeRequest['enteredBy']): NoticeRequest {
  const { noticeId, version, eventId, category, state, start, banner } = downtime;
  const same = { eventId, category, title: TITLE, publishedAt: end, start, enteredBy, simulation: true };
  if (category === 'failure') {
    const text = 'Koniec symulacji niedostępności KSeF.';
    return { ...same, id: downtimeEndId(noticeId), version: 1, type: 'end', text, end };
  }
  const next = { ...same, id: noticeId, version: version + 1, text: banner };
  return state === 'running' ? { ...next, type: 'announcement', end } : { ...next, type: 'withdrawal' };
}
