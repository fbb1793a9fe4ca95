import { isBefore } from '../calendar/warsaw-time.js';
import type { Clock } from '../shared/clock.port.js';
import { Temporal, type Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { TenantStores, UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { AvailabilityBulletin, EnteredBy } from './availability-bulletin.js';

/**
 * A notice of the Ministry that a person read in BIP (for a total failure: in the mass media) and enters by hand, because
 * Latarnia does not have it or cannot be reached.
 */
export interface NoticeRequest {
  /** The notice's own number, or a name the tenant gives it. With `version` it identifies the notice. */
  readonly id: string;
  /** 1, or one more than the version that this one corrects. */
  readonly version: number;
  /** The event it is about: that of an earlier message it ends or adds to; by default a new one of its own. */
  readonly eventId?: string;
  readonly category: 'failure' | 'total-failure' | 'maintenance';
  readonly type: 'start' | 'end' | 'announcement' | 'withdrawal';
  readonly title: string;
  readonly text: string;
  readonly start: Instant;
  readonly end?: Instant;
  /** As the notice states it. */
  readonly publishedAt: Instant;
  readonly enteredBy: EnteredBy;
  /** Made up, to rehearse an outage; refused on production. */
  readonly simulation: boolean;
}

export type NoticeRefusal =
  | { readonly code: 'NOTICE_INVALID'; readonly findings: readonly NoticeFinding[] }
  | { readonly code: 'SIMULATION_ON_PRODUCTION' }
  /** That version is stored with another content. */
  | { readonly code: 'NOTICE_VERSION_TAKEN'; readonly next: number }
  | { readonly code: 'NOTICE_VERSION_SKIPPED'; readonly next: number }
  | { readonly code: 'EVENT_UNKNOWN'; readonly eventId: string };

export interface NoticeFinding {
  readonly field: keyof NoticeRequest | 'enteredBy.person' | 'enteredBy.readAt';
  readonly message: string;
}

export interface EnteredNotice {
  readonly notice: AvailabilityBulletin;
  /** This very version was entered before: nothing was done again. */
  readonly replayed: boolean;
}

/** Ids of notices live apart from those of Latarnia, whatever a person types. */
export const NOTICE_PREFIX = 'notice:';

/** A clock elsewhere may be a little ahead of ours. */
const FUTURE_TOLERANCE_SECONDS = 120;

/** Takes a notice into the tenant's legal records; deadlines are derived anew. Entering the same version twice is one entry. */
export class EnterNotice {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly environment: KsefEnvironment,
  ) {}

  async execute(tenant: TenantId, request: NoticeRequest): Promise<Result<EnteredNotice, NoticeRefusal>> {
    const now = this.clock.now();
    if (request.simulation && this.environment === 'production') return err({ code: 'SIMULATION_ON_PRODUCTION' });
    const findings = findingsIn(request, now);
    if (findings.length > 0) return err({ code: 'NOTICE_INVALID', findings });
    return this.unitOfWork.inTenant(tenant, (stores) => this.enter(tenant, stores, request, now));
  }

  private async enter(
    tenant: TenantId,
    { legal, recalculations, audit, jobs }: TenantStores,
    request: NoticeRequest,
    now: Instant,
  ): Promise<Result<EnteredNotice, NoticeRefusal>> {
    const { bulletins } = await legal.read();
    const versions = bulletins.filter(({ id }) => id === storedId(request));
    const notice = noticeOf(request, versions[0]?.eventId, now);
    const twin = versions.find(({ version }) => version === notice.version);
    if (twin !== undefined && saysTheSame(twin, notice)) return ok({ notice: twin, replayed: true });
    const next = nextVersion(versions);
    const refusal = whyNot(notice, versions, bulletins);
    if (refusal !== undefined) return err(refusal);
    if (!(await legal.addNotice(notice))) return err({ code: 'NOTICE_VERSION_TAKEN', next: next + 1 });
    await recalculations.request(`${notice.id} version ${String(notice.version)}`);
    await jobs.enqueue({ kind: 'recalculate-deadlines', tenant });
    await audit.append([
      {
        at: now,
        actor: request.enteredBy.actor,
        action: request.type === 'withdrawal' ? 'notice.withdrawn' : 'notice.entered',
        subject: { kind: 'outage', id: notice.eventId },
        facts: {
          notice: notice.id,
          version: notice.version,
          category: notice.category,
          type: notice.type,
          person: request.enteredBy.person,
          readAt: request.enteredBy.readAt,
          simulation: request.simulation,
        },
      },
    ]);
    return ok({ notice, replayed: false });
  }
}

const nextVersion = (versions: readonly AvailabilityBulletin[]): number =>
  Math.max(0, ...versions.map(({ version }) => version)) + 1;

/** Why a notice does not fit what is stored. @param versions of the same notice, before this one */
function whyNot(
  notice: AvailabilityBulletin,
  versions: readonly AvailabilityBulletin[],
  bulletins: readonly AvailabilityBulletin[],
): NoticeRefusal | undefined {
  const next = nextVersion(versions);
  if (notice.version < next) return { code: 'NOTICE_VERSION_TAKEN', next };
  if (notice.version > next) return { code: 'NOTICE_VERSION_SKIPPED', next };
  const mayBegin = notice.type === 'start' || notice.type === 'announcement' || versions.length > 0;
  const isKnown = bulletins.some(({ eventId, category }) => eventId === notice.eventId && category === notice.category);
  return mayBegin || isKnown ? undefined : { code: 'EVENT_UNKNOWN', eventId: notice.eventId };
}

const storedId = ({ id }: NoticeRequest): string => `${NOTICE_PREFIX}${id}`;

/** @param before the event of the notice's earlier versions */
function noticeOf(
  { simulation, eventId, end, ...request }: NoticeRequest,
  before: string | undefined,
  now: Instant,
): AvailabilityBulletin {
  const id = `${NOTICE_PREFIX}${request.id}`;
  return {
    ...request,
    id,
    eventId: eventId ?? before ?? id,
    ...(end === undefined ? {} : { end }),
    source: simulation ? 'simulation' : 'bip',
    fetchedAt: now,
  };
}

type Rule = readonly [wrong: boolean, field: NoticeFinding['field'], message: string];

function findingsIn(request: NoticeRequest, now: Instant): readonly NoticeFinding[] {
  const { start, end, publishedAt, enteredBy } = request;
  const rules: readonly Rule[] = [
    [request.id.trim() === '', 'id', 'Give the number of the notice, or a name for it.'],
    [!Number.isInteger(request.version) || request.version < 1, 'version', 'A whole number from 1.'],
    [enteredBy.person.trim() === '', 'enteredBy.person', 'Who entered it?'],
    [enteredBy.readAt.trim() === '', 'enteredBy.readAt', 'Where was it read: an address in BIP, a broadcast?'],
    [isAfter(publishedAt, now), 'publishedAt', 'Lies in the future.'],
    [end !== undefined && !isBefore(start, end), 'end', 'Must come after the start.'],
    ...(request.category === 'maintenance' ? rulesOfMaintenance(request) : rulesOfFailure(request, now)),
  ];
  return rules.flatMap(([wrong, field, message]) => (wrong ? [{ field, message }] : []));
}

/** Announced beforehand, with start and end (art. 106ne(4)). */
function rulesOfMaintenance({ type, end }: NoticeRequest): readonly Rule[] {
  if (type === 'withdrawal') return [];
  return [
    [end === undefined, 'end', 'Maintenance is announced with its end.'],
    [type !== 'announcement', 'type', 'Maintenance is an "announcement".'],
  ];
}

/** Announced by a start message and an end message, each when it came (art. 106ne(1)). */
function rulesOfFailure({ type, start, end }: NoticeRequest, now: Instant): readonly Rule[] {
  const isToCome = end !== undefined && isAfter(end, now);
  return [
    [isAfter(start, now), 'start', 'Lies in the future: only maintenance is announced beforehand.'],
    [isToCome, 'end', 'Lies in the future: an end is announced when it came.'],
    [type === 'end' && end === undefined, 'end', 'An end message states the end (art. 106nf(4)).'],
    [type === 'start' && end !== undefined, 'end', 'The end of a failure comes with a notice of type "end".'],
    [type === 'announcement', 'type', 'A failure has a notice of its "start" and one of its "end".'],
  ];
}

const isAfter = (moment: Instant, now: Instant): boolean =>
  isBefore(now.add({ seconds: FUTURE_TOLERANCE_SECONDS }), moment);

/** Whether two entries of one version are one entry, sent twice; who sent it again does not matter. */
function saysTheSame(a: AvailabilityBulletin, b: AvailabilityBulletin): boolean {
  const texts = ['eventId', 'category', 'type', 'title', 'text', 'source'] as const;
  return (
    texts.every((field) => a[field] === b[field]) &&
    sameMoment(a.start, b.start) &&
    sameMoment(a.end, b.end) &&
    sameMoment(a.publishedAt, b.publishedAt)
  );
}

const sameMoment = (a: Instant | undefined, b: Instant | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Temporal.Instant.compare(a, b) === 0;
