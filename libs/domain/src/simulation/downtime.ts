import { isBefore } from '../calendar/warsaw-time.js';
import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import { NOTICE_PREFIX } from '../outage/enter-notice.js';
import { covers, outagesFrom, type Outage } from '../outage/outage.js';
import type { Instant } from '../shared/instant.js';

/**
 * An outage made up to rehearse one: a notice of source `simulation`, so that mode, deadline and sending follow by
 * themselves. It is the tenant's own; no other tenant notices.
 */
export interface Downtime {
  readonly eventId: string;
  /** Of the notice that opened it, without the prefix of notices. */
  readonly noticeId: string;
  /** Newest version of that notice. */
  readonly version: number;
  readonly category: 'failure' | 'maintenance';
  readonly state: 'running' | 'planned';
  readonly start: Instant;
  /** Known beforehand for a planned one. */
  readonly end?: Instant;
  /** What people are to be shown while it runs. */
  readonly banner: string;
  /** Who switched it on or planned it. */
  readonly person: string;
}

/** Notices of downtime simulations are told from other rehearsals by their ids. */
const DOWNTIME_PREFIX = 'downtime/';

/** Id of the notice that opens a simulation, as it is entered. */
export const downtimeNoticeId = (id: string): string => `${DOWNTIME_PREFIX}${id}`;
/** Id of the notice that ends it. */
export const downtimeEndId = (noticeId: string): string => `${noticeId}/end`;

/** Simulations that run now or are to come, the one that starts first at the front. */
export function downtimesOf(bulletins: readonly AvailabilityBulletin[], now: Instant): readonly Downtime[] {
  const own = bulletins.filter(
    ({ id, source }) => source === 'simulation' && id.startsWith(NOTICE_PREFIX + DOWNTIME_PREFIX),
  );
  return outagesFrom(own)
    .filter(({ end }) => end === undefined || isBefore(now, end))
    .flatMap((outage) => downtimeOf(outage, own, now) ?? [])
    .sort((a, b) => a.start.epochMilliseconds - b.start.epochMilliseconds);
}

/** What people are to be shown now; `undefined` when nothing is simulated. */
export function bannerNow(bulletins: readonly AvailabilityBulletin[], now: Instant): string | undefined {
  return downtimesOf(bulletins, now).find(({ state }) => state === 'running')?.banner;
}

function downtimeOf(outage: Outage, own: readonly AvailabilityBulletin[], now: Instant): Downtime | undefined {
  const { eventId, category, start, end, announcement } = outage;
  if (category === 'total-failure') return undefined;
  const { bulletinId, version } = announcement;
  const notice = own.find((bulletin) => bulletin.id === bulletinId && bulletin.version === version);
  if (notice === undefined) return undefined;
  return {
    ...{ eventId, category, start, version },
    noticeId: bulletinId.slice(NOTICE_PREFIX.length),
    state: covers(outage, now) ? 'running' : 'planned',
    ...(end === undefined ? {} : { end }),
    banner: notice.text,
    person: notice.enteredBy?.person ?? '',
  };
}
