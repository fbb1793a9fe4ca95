import { NOTICE_PREFIX, type NoticeRequest } from '../outage/enter-notice.js';
import type { Instant } from '../shared/instant.js';
import { downtimeNoticeId } from './downtime.js';
import type { DrillId, DrillIn } from './drill.js';
import { closingNotice, openingNotice } from './switch-downtime.js';

const BANNER = 'Trwa próba awarii KSeF (drill): faktury próbne, środowisko testowe.';

/** The event of the failure that a drill simulates. */
export const drillEventId = (id: DrillId): string => NOTICE_PREFIX + downtimeNoticeId(id);

/** The notice that opens it. */
export function openDrillOutage({ id, person, actor, outageAt }: DrillIn<'outage'>): NoticeRequest {
  return openingNotice({ id, category: 'failure', banner: BANNER, person, actor }, outageAt, outageAt);
}

/** The notice that ends it. */
export function closeDrillOutage(
  { id, person, actor, outageAt }: Pick<DrillIn<'outage'>, 'id' | 'person' | 'actor' | 'outageAt'>,
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
