import { isBefore } from '../calendar/warsaw-time.js';
import { Temporal, type Instant } from '../shared/instant.js';
import type { AvailabilityBulletin } from './availability-bulletin.js';

export type OutageCategory = 'failure' | 'total-failure' | 'maintenance';

/** One version of one message. */
export interface BulletinVersion {
  readonly bulletinId: string;
  readonly version: number;
}

/** A period announced by the Ministry. A failed connection is never one (art. 106ne). */
export interface Outage {
  readonly eventId: string;
  readonly category: OutageCategory;
  /** Inclusive. */
  readonly start: Instant;
  /** Exclusive: at this moment it is over. Absent while no end is known. */
  readonly end?: Instant;
  /** Publication of the first version of its first message: what the test of a later shift looks at. */
  readonly announcedAt: Instant;
  /** The newest version of the message that opened it. */
  readonly announcement: BulletinVersion;
  /** The message that `announcedAt` was read from, where that is another version or another message. */
  readonly announcedBy?: BulletinVersion;
  /** The message that its end was read from, where that is another one. */
  readonly ending?: BulletinVersion;
}

const CATEGORIES: readonly string[] = ['failure', 'total-failure', 'maintenance'] satisfies OutageCategory[];

/** Builds outages from messages in any order, with repeats: messages are grouped by event, newest versions count. */
export function outagesFrom(bulletins: readonly AvailabilityBulletin[]): readonly Outage[] {
  const telling = standingBulletins(bulletins).filter(({ type }) => type !== 'unknown');
  const outages = [...groupBy(telling, (bulletin) => `${bulletin.category}/${bulletin.eventId}`).values()].flatMap(
    (event) => outageOf(event) ?? [],
  );
  return outages.sort(
    (a, b) =>
      Temporal.Instant.compare(a.announcedAt, b.announcedAt) ||
      compareText(a.eventId, b.eventId) ||
      compareText(a.category, b.category),
  );
}

/** Whether the period covers a moment: start inclusive, end exclusive. */
export function covers(outage: Outage, moment: Instant): boolean {
  return !isBefore(moment, outage.start) && (outage.end === undefined || isBefore(moment, outage.end));
}

/**
 * What still says something. A later version of the Ministry's message is a new message; of a notice entered by a person it
 * corrects a slip, so only the last one ever said anything, and a withdrawn one nothing.
 */
export function standingBulletins(bulletins: readonly AvailabilityBulletin[]): readonly AvailabilityBulletin[] {
  const ofMinistry = bulletins.filter(({ source }) => source === 'latarnia');
  const notices = bulletins.filter(({ source }) => source !== 'latarnia');
  const last = [...groupBy(notices, ({ id }) => id).values()].map(newestVersion);
  return [...ofMinistry, ...last.filter(({ type }) => type !== 'withdrawal')];
}

const newestVersion = (versions: readonly AvailabilityBulletin[]): AvailabilityBulletin =>
  versions.reduce((a, b) => (b.version > a.version ? b : a));

function outageOf(event: readonly AvailabilityBulletin[]): Outage | undefined {
  const newest = [...groupBy(event, ({ id }) => id).values()].map(newestVersion).sort(lastPublishedFirst);
  const opening = newest.find(({ type }) => type !== 'end') ?? newest[0];
  if (opening === undefined || !isOutageCategory(opening.category)) return undefined;
  const ending = newest.find(({ type, end }) => type === 'end' && end !== undefined);
  const end = ending?.end ?? opening.end;
  const first = firstAnnounced(event, opening);
  return {
    eventId: opening.eventId,
    category: opening.category,
    start: opening.start,
    ...(end === undefined ? {} : { end }),
    announcedAt: first.publishedAt,
    announcement: versionOf(opening),
    ...(isSameVersion(first, opening) ? {} : { announcedBy: versionOf(first) }),
    ...(ending === undefined || ending.id === opening.id ? {} : { ending: versionOf(ending) }),
  };
}

/** The message that announced the event: the first published of those that open it; where none is known, of all. */
function firstAnnounced(event: readonly AvailabilityBulletin[], opening: AvailabilityBulletin): AvailabilityBulletin {
  const openings = event.filter(({ type }) => type !== 'end');
  return (openings.length > 0 ? openings : event).reduce((a, b) => (publishedBefore(b, a, opening) ? b : a));
}

/** Of messages published at one moment, the opening one comes first; then the order is that of ids and versions. */
function publishedBefore(a: AvailabilityBulletin, b: AvailabilityBulletin, opening: AvailabilityBulletin): boolean {
  const order =
    Temporal.Instant.compare(a.publishedAt, b.publishedAt) ||
    Number(isSameVersion(b, opening)) - Number(isSameVersion(a, opening)) ||
    compareText(a.id, b.id) ||
    a.version - b.version;
  return order < 0;
}

const versionOf = ({ id, version }: AvailabilityBulletin): BulletinVersion => ({ bulletinId: id, version });

const isSameVersion = (a: AvailabilityBulletin, b: AvailabilityBulletin): boolean =>
  a.id === b.id && a.version === b.version;

/** Of several messages of one kind about one event the last published governs. */
const lastPublishedFirst = (a: AvailabilityBulletin, b: AvailabilityBulletin): number =>
  Temporal.Instant.compare(b.publishedAt, a.publishedAt) || compareText(b.id, a.id);

function isOutageCategory(category: string): category is OutageCategory {
  return CATEGORIES.includes(category);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
