import fc from 'fast-check';
import { warsawDay } from '../../calendar/warsaw-time.js';
import type { AvailabilityBulletin } from '../../outage/availability-bulletin.js';
import { aBulletin } from '../../testing/bulletins.js';
import { Temporal, type Instant } from '../../shared/instant.js';
import type { DeadlineSubject } from '../deadline.js';

/** Around Christmas, New Year and Epiphany; nothing of it in the zone's summer. */
const BASE = Temporal.Instant.from('2026-12-01T00:00:00+01:00');
export const hoursAfterBase = (hours: number): Instant => BASE.add({ hours });

const hour = fc.integer({ min: 0, max: 24 * 40 });

/** An invoice issued at some hour, dated that day or a little earlier. */
export const anyInvoice: fc.Arbitrary<DeadlineSubject> = fc
  .tuple(hour, fc.integer({ min: 0, max: 2 }))
  .map(([at, days]) => {
    const issuedAt = hoursAfterBase(at);
    return { issuedAt, issueDate: warsawDay(issuedAt).subtract({ days }) };
  });

interface Event {
  readonly category: 'failure' | 'total-failure' | 'maintenance';
  readonly start: number;
  readonly lastsHours: number | undefined;
  /** Of the first message, after the start; a message may come before what it announces. */
  readonly publishedAfterHours: number;
  readonly readAfterHours: number;
  /** Hours by which a second version of the last message corrects the end. */
  readonly correctedByHours: number | undefined;
}

const anyEvent: fc.Arbitrary<Event> = fc.record({
  category: fc.constantFrom('failure' as const, 'failure' as const, 'maintenance' as const, 'total-failure' as const),
  start: hour,
  lastsHours: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined, freq: 6 }),
  publishedAfterHours: fc.integer({ min: -20, max: 20 }),
  readAfterHours: fc.integer({ min: 0, max: 12 }),
  correctedByHours: fc.option(fc.integer({ min: -20, max: 40 }), { nil: undefined }),
});

/** What the Ministry publishes about an event, and when we read it. Maintenance always states its end. */
export function messagesOf(event: Event, ordinal: number): readonly AvailabilityBulletin[] {
  const { category, start, publishedAfterHours, readAfterHours, correctedByHours } = event;
  const lastsHours = category === 'maintenance' ? (event.lastsHours ?? 10) : event.lastsHours;
  const published = start + publishedAfterHours;
  const common = { category, eventId: `event-${String(ordinal)}`, version: 1 };
  const message = (id: string, version: number, publishedHour: number, endHour: number | undefined) =>
    aBulletin({
      ...common,
      id: `${id}-${String(ordinal)}`,
      version,
      type: category === 'maintenance' ? 'announcement' : id === 'end' ? 'end' : 'start',
      start: hoursAfterBase(start).toString(),
      ...(endHour === undefined ? {} : { end: hoursAfterBase(Math.max(endHour, start + 1)).toString() }),
      publishedAt: hoursAfterBase(publishedHour).toString(),
      fetchedAt: hoursAfterBase(publishedHour + readAfterHours),
    });
  if (lastsHours === undefined) return [message('start', 1, published, undefined)];
  const end = start + lastsHours;
  const corrected = correctedByHours === undefined ? [] : [end + correctedByHours];
  if (category === 'maintenance') {
    return [end, ...corrected].map((at, index) => message('start', index + 1, published + index, at));
  }
  const ended = Math.max(end, published);
  return [
    message('start', 1, published, undefined),
    ...[end, ...corrected].map((at, index) => message('end', index + 1, ended + index, at)),
  ];
}

/** Up to six events, with every version of every message. */
export const anyHistory: fc.Arbitrary<readonly AvailabilityBulletin[]> = fc
  .array(anyEvent, { maxLength: 6 })
  .map((events) => events.flatMap(messagesOf));
