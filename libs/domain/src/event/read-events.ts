import { err, ok, type Result } from '../shared/result.js';
import type { UnitOfWork } from '../shared/unit-of-work.port.js';
import type { TenantId } from '../tenant/tenant.js';
import type { FeedPage } from './event-feed.port.js';
import type { EventFilter } from './event-types.js';
import { BEFORE_ALL_EVENTS, eventId, parseEventId, type EventSequence } from './public-event.js';

/** Events that one read looks at: what a slow reader makes a process hold. */
export const EVENTS_PER_READ = 100;

/** Where a reader begins: with what happens from now on, with the oldest there is, or after an event that it had. */
export type ReadFrom = { readonly kind: 'now' | 'start' } | { readonly kind: 'after'; readonly eventId: string };

export type ReadFromRefusal =
  | { readonly code: 'EVENT_ID_UNKNOWN' }
  /** Events after it were deleted for their age: whoever resumes there would miss some without knowing. */
  | { readonly code: 'EVENTS_GONE'; readonly oldestKept: string };

/** Reads the events of a tenant in their order, from any place on, without missing one. */
export class ReadEvents {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** @returns the place after which to read */
  async begin(tenant: TenantId, from: ReadFrom): Promise<Result<EventSequence, ReadFromRefusal>> {
    const given = from.kind === 'after' ? parseEventId(tenant, from.eventId) : BEFORE_ALL_EVENTS;
    if (given === undefined) return err({ code: 'EVENT_ID_UNKNOWN' });
    return this.unitOfWork.inTenant(tenant, async ({ eventFeed }) => {
      // What was committed before has its place before: "from now on" means from now on.
      if (from.kind === 'now') while ((await eventFeed.sequence(AT_A_TIME)) === AT_A_TIME);
      const { prunedUpTo, last } = await eventFeed.bounds();
      if (from.kind === 'now') return ok(last);
      if (from.kind === 'start') return ok(prunedUpTo);
      if (given > last) return err({ code: 'EVENT_ID_UNKNOWN' });
      if (given >= prunedUpTo) return ok(given);
      return err({ code: 'EVENTS_GONE', oldestKept: eventId(tenant, (prunedUpTo + 1n) as EventSequence) });
    });
  }

  next(tenant: TenantId, after: EventSequence, filter: EventFilter): Promise<FeedPage> {
    return this.unitOfWork.inTenant(tenant, async ({ eventFeed }) => {
      await eventFeed.sequence(AT_A_TIME);
      return eventFeed.after(after, filter, EVENTS_PER_READ);
    });
  }
}

/** Places given in one statement. */
const AT_A_TIME = 1000;
