import { isBefore } from '../calendar/warsaw-time.js';
import { NOTICE_PREFIX, type EnterNotice, type NoticeRequest } from '../outage/enter-notice.js';
import type { Outage } from '../outage/outage.js';
import type { Clock } from '../shared/clock.port.js';
import type { Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import { downtimeNoticeId } from './downtime.js';
import type { DrillId, DrillIn, OutageKind } from './drill.js';
import { OutageSwitchError, type OutageSwitch } from './outage-switch.port.js';
import { closingNotice, openingNotice } from './switch-downtime.js';

const BANNER = 'Trwa próba awarii KSeF (drill): faktury próbne, środowisko testowe.';

/** The event of the failure that a drill makes up. */
export const drillEventId = (id: DrillId): string => NOTICE_PREFIX + downtimeNoticeId(id);

/** Under this title Latarnia announces the failure of a drill on a simulator; no other drill has it. */
export const drillOutageTitle = (id: DrillId): string => `Próba awarii KSeF (drill ${id})`;

/** The failure as its drill made it, from the drill's own record and from no message. */
export function drillOutage({
  id,
  outageAt,
  restoredAt,
}: Pick<DrillIn<'draining'>, 'id' | 'outageAt' | 'restoredAt'>): Outage {
  const eventId = drillEventId(id);
  return {
    ...{ eventId, category: 'failure', start: outageAt, end: restoredAt, announcedAt: outageAt },
    announcement: { bulletinId: eventId, version: 1 },
  };
}

type Opening = DrillIn<'outage'>;

/** Why the outage of a drill was not made. */
type OpeningRefusal =
  /** Somebody else's came first; nothing was done. */
  | { readonly code: 'BUSY'; readonly title: string }
  /** It cannot be announced; nothing was done. */
  | { readonly code: 'REFUSED'; readonly reason: string };

const NO_CONTROLS = 'its controls are not configured any more';

/** Makes the outage of a drill, sees when it was noticed, and ends it. Everything here may be done twice. */
export class DrillOutages {
  constructor(
    private readonly ports: { readonly unitOfWork: UnitOfWork; readonly clock: Clock },
    private readonly enterNotice: EnterNotice,
    /** Absent where the KSeF of this installation cannot be taken down. */
    private readonly outageSwitch?: OutageSwitch,
  ) {}

  /** What the next drill would get: the real thing, wherever it can be had. */
  get kind(): OutageKind {
    return this.outageSwitch === undefined ? 'downtime-simulation' : 'ksef-simulator';
  }

  /** A start that a message can state: Latarnia knows whole seconds. */
  startAt(now: Instant): Instant {
    return this.kind === 'ksef-simulator' ? now.round({ smallestUnit: 'second', roundingMode: 'floor' }) : now;
  }

  /** An end that a message can state, after everything that was issued. */
  endAt({ outage, outageAt }: Pick<Opening, 'outage' | 'outageAt'>, now: Instant): Instant {
    const after = isBefore(outageAt, now) ? now : outageAt.add({ milliseconds: 1 });
    return outage === 'ksef-simulator' ? after.round({ smallestUnit: 'second', roundingMode: 'ceil' }) : after;
  }

  /**
   * On a simulator that several tenants share, one outage at a time.
   *
   * @returns title of an outage of somebody else that is on @throws OutageSwitchError
   */
  async heldBy(id: DrillId): Promise<string | undefined> {
    return this.outageSwitch?.heldBy(drillOutageTitle(id));
  }

  /** @throws OutageSwitchError when it is not known whether it was made: its end is owed */
  async begin(tenant: TenantId, drill: Opening): Promise<Result<void, OpeningRefusal>> {
    if (drill.outage === 'downtime-simulation') {
      const opened = await this.enterNotice.execute(tenant, openingOf(drill));
      const reason = `The outage could not be announced: ${opened.ok ? '' : opened.error.code}.`;
      return opened.ok ? ok(undefined) : err({ code: 'REFUSED', reason });
    }
    const begun = await this.controls().begin(drillOutageTitle(drill.id), drill.outageAt);
    return begun.ok ? begun : err({ code: 'BUSY', title: begun.error });
  }

  /**
   * When the failure was known here; `undefined` while it is not. On a simulator that is when Latarnia's message was first
   * read and stored, however often anybody looks.
   */
  async noticedAt(tenant: TenantId, { id, outage }: Opening): Promise<Instant | undefined> {
    if (outage === 'downtime-simulation') return this.ports.clock.now();
    const { bulletins } = await this.ports.unitOfWork.inTenant(tenant, ({ legal }) => legal.read());
    const title = drillOutageTitle(id);
    const readAt = bulletins
      .filter((one) => one.source === 'latarnia' && one.title === title)
      .map((one) => one.fetchedAt);
    const [first, ...others] = readAt;
    return others.reduce((a, b) => (a !== undefined && isBefore(a, b) ? a : b), first);
  }

  /** @throws OutageSwitchError */
  async end(
    tenant: TenantId,
    drill: Pick<Opening, 'id' | 'person' | 'actor' | 'outage' | 'outageAt'>,
    end: Instant,
  ): Promise<void> {
    if (drill.outage === 'ksef-simulator') {
      await this.controls().end(drillOutageTitle(drill.id), end);
      return;
    }
    const closed = await this.enterNotice.execute(tenant, closingOf(drill, end));
    const isClosed = closed.ok || closed.error.code === 'NOTICE_VERSION_TAKEN';
    if (!isClosed) throw new Error(`the outage of drill ${drill.id} cannot be ended: ${closed.error.code}`);
  }

  /** @throws OutageSwitchError where they were taken away meanwhile: whether KSeF is down cannot be known */
  private controls(): OutageSwitch {
    if (this.outageSwitch === undefined) throw new OutageSwitchError(NO_CONTROLS);
    return this.outageSwitch;
  }
}

/** The notice that opens a made-up failure. */
function openingOf({ id, person, actor, outageAt }: Opening): NoticeRequest {
  return openingNotice({ id, category: 'failure', banner: BANNER, person, actor }, outageAt, outageAt);
}

/** The notice that ends it. */
function closingOf(
  { id, person, actor, outageAt }: Pick<Opening, 'id' | 'person' | 'actor' | 'outageAt'>,
  end: Instant,
): NoticeRequest {
  const downtime = {
    eventId: drillEventId(id),
    noticeId: downtimeNoticeId(id),
    version: 1,
    category: 'failure',
    state: 'running',
    start: outageAt,
    banner: BANNER,
    person,
  } as const;
  return closingNotice(downtime, end, { person, actor, readAt: 'drill' });
}
