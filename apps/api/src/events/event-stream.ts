import { eventId, publicEvent, type EventSequence, type FeedPage, type TenantId } from '@latarnik/domain';

/** What a stream is made of; a test plays time and rows. */
export interface FollowedEvents {
  readonly read: (after: EventSequence) => Promise<FeedPage>;
  /** Ends early when the stream is to close. */
  readonly pause: (ms: number) => Promise<void>;
  readonly isClosing: () => boolean;
}

/** Between two looks when there is nothing. */
const LOOK_MS = 1_000;
/** Looks without an event after which a comment keeps the connection alive. */
const LOOKS_PER_HEARTBEAT = 15;
/**
 * A stream ends after so many looks, about a quarter of an hour: its reader connects again by itself, and whoever lost the
 * right to read hears no more.
 */
const MOST_LOOKS = 900;
/** In milliseconds: how long a reader waits before it connects again. */
const RETRY_MS = 3_000;

/**
 * Server-sent events (WHATWG HTML 9.2) after a place. What is read next is read when the reader has taken what was sent:
 * a slow one holds one page. The place is told also where the filter lets nothing through, and before the first event, so
 * that whoever connects again misses nothing.
 */
export async function* eventStream(
  tenant: TenantId,
  begin: EventSequence,
  { read, pause, isClosing }: FollowedEvents,
): AsyncGenerator<string> {
  yield `retry: ${String(RETRY_MS)}\nid: ${eventId(tenant, begin)}\n\n`;
  let [place, told, quiet] = [begin, begin, 0];
  for (let look = 0; look < MOST_LOOKS && !isClosing(); look++) {
    const { events, upTo } = await read(place);
    for (const event of events) {
      if (isClosing()) return;
      const shown = publicEvent(tenant, event);
      yield `id: ${shown.id}\nevent: ${shown.type}\ndata: ${JSON.stringify(shown)}\n\n`;
      told = event.sequence;
    }
    const hasMore = upTo > place;
    place = upTo;
    quiet = events.length > 0 ? 0 : quiet + 1;
    if (quiet > 0 && quiet % LOOKS_PER_HEARTBEAT === 0) {
      yield place > told ? `: nothing new\nid: ${eventId(tenant, place)}\n\n` : ': nothing new\n\n';
      told = place;
    }
    if (!hasMore) await pause(LOOK_MS);
  }
}
