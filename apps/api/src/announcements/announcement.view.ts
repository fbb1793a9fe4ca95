import {
  confirmationsNeeded,
  vouchersFor,
  type AvailabilityBulletin,
  type BulletinVersion,
  type KsefEnvironment,
  type LegalRecords,
  type LegalSituation,
  type Outage,
} from '@latarnik/domain';
import { z } from 'zod';

/** Types of a message that a total failure may rest on, and that persons vouch for. */
const OPENINGS: readonly string[] = ['start', 'announcement'];
const CATEGORIES = ['failure', 'total-failure', 'maintenance', 'unknown'] as const;

const ConfirmationView = z.object({
  needed: z.int().describe('persons whose word a total failure needs here'),
  confirmedBy: z.array(z.string()).describe('names, of this very version; whoever entered it counts'),
  missing: z.int(),
  inEffect: z.boolean().describe('whether it decides modes and deadlines'),
});

export const AnnouncementView = z.object({
  id: z.string(),
  version: z.int(),
  eventId: z.string().describe('joins the messages of one event'),
  category: z.enum(CATEGORIES),
  type: z.enum(['start', 'end', 'announcement', 'withdrawal', 'unknown']),
  title: z.string(),
  text: z.string(),
  start: z.iso.datetime(),
  end: z.iso.datetime().nullable(),
  publishedAt: z.iso.datetime(),
  source: z.enum(['latarnia', 'bip', 'simulation']),
  simulation: z.boolean().describe('made up to rehearse an outage'),
  fetchedAt: z.iso.datetime().describe('when it was first read or entered'),
  flagged: z.boolean().describe('it has a word that is unknown to us: a person should read it'),
  raw: z.string().nullable().describe('of a flagged message of Latarnia: the message as it was read, a JSON text'),
  binding: z.string().describe('what follows from it, for a person'),
  enteredBy: z.object({ person: z.string(), readAt: z.string(), actor: z.string() }).nullable(),
  confirmation: ConfirmationView.nullable().describe('only for what opens a total failure'),
});
export type AnnouncementView = z.infer<typeof AnnouncementView>;

const Version = z.object({ bulletin: z.string().describe('id of the message'), version: z.int() });

const OutageView = z.object({
  eventId: z.string(),
  category: z.enum(['failure', 'total-failure', 'maintenance']),
  start: z.iso.datetime().describe('inclusive'),
  end: z.iso.datetime().nullable().describe('exclusive; null while no end is known'),
  announcedAt: z.iso.datetime(),
  announcement: Version,
  announcedBy: Version.nullable().describe('where the first message or version was another one'),
  ending: Version.nullable().describe('where the end was read from another message'),
  reliedOn: z.boolean().describe('whether it decides modes and deadlines'),
});

export const AnnouncementList = z.object({
  environment: z.string(),
  note: z.string().nullable(),
  items: z.array(AnnouncementView),
  outages: z.array(OutageView).describe('what the messages add up to'),
});
export type AnnouncementList = z.infer<typeof AnnouncementList>;

/** What a view of one message needs beside the message. */
export interface Surroundings {
  readonly records: LegalRecords;
  readonly situation: LegalSituation;
  readonly environment: KsefEnvironment;
}

/** Every version of every message, the last published first, and the outages they add up to. */
export function announcementList(all: Surroundings): AnnouncementList {
  const { records, situation, environment } = all;
  return {
    environment,
    note: environment === 'production' ? null : noteOf(environment),
    items: [...records.bulletins].sort(lastPublishedFirst).map((bulletin) => announcementView(bulletin, all)),
    outages: outageViews(situation),
  };
}

export function announcementView(bulletin: AvailabilityBulletin, all: Surroundings): AnnouncementView {
  const { id, version, eventId, category, type, title, text, source, enteredBy } = bulletin;
  const flagged = category === 'unknown' || type === 'unknown';
  return {
    ...{ id, version, eventId, category, type, title, text, source },
    start: bulletin.start.toString(),
    end: bulletin.end?.toString() ?? null,
    publishedAt: bulletin.publishedAt.toString(),
    simulation: source === 'simulation',
    fetchedAt: bulletin.fetchedAt.toString(),
    flagged,
    raw: flagged ? (bulletin.raw ?? null) : null,
    binding: bindingOf(bulletin, all.situation).join(' '),
    enteredBy:
      enteredBy === undefined ? null : { person: enteredBy.person, readAt: enteredBy.readAt, actor: enteredBy.actor },
    confirmation: category === 'total-failure' && OPENINGS.includes(type) ? confirmationView(bulletin, all) : null,
  };
}

function confirmationView(
  bulletin: AvailabilityBulletin,
  { records, situation, environment }: Surroundings,
): z.infer<typeof ConfirmationView> {
  const needed = confirmationsNeeded(environment);
  const confirmedBy = vouchersFor(bulletin, records.confirmations).map(({ person }) => person);
  return {
    needed,
    confirmedBy,
    missing: Math.max(0, needed - confirmedBy.length),
    inEffect: usesOf(bulletin, situation.outages).length > 0,
  };
}

/** What follows from a message, by the outages that were really built. */
function bindingOf(bulletin: AvailabilityBulletin, { announced, outages }: LegalSituation): readonly string[] {
  const { category, type } = bulletin;
  if (category === 'unknown') {
    return ['Its category is unknown to us: it is kept, and nothing is derived from it. A person should read it.'];
  }
  if (type === 'unknown') {
    return ['Its type is unknown to us: it is kept, and nothing is derived from it. A person should read it.'];
  }
  const uses = usesOf(bulletin, outages);
  if (uses.length > 0) return uses;
  const announces = usesOf(bulletin, announced);
  if (announces.length > 0) {
    return [...announces, 'It decides nothing until enough persons have confirmed the total failure.'];
  }
  return [type === 'withdrawal' ? 'Takes the notice back.' : 'Nothing is read from it any more: a later one governs.'];
}

function usesOf(bulletin: AvailabilityBulletin, outages: readonly Outage[]): readonly string[] {
  const of = outages.find(({ eventId, category }) => eventId === bulletin.eventId && category === bulletin.category);
  if (of === undefined) return [];
  const { announcement, announcedBy = announcement, ending } = of;
  return [
    ...(isSame(bulletin, announcement) ? ['States the period of the outage.'] : []),
    ...(isSame(bulletin, announcedBy) ? ['Its publication is when the outage was announced.'] : []),
    ...(isSame(bulletin, ending) ? ['States the end of the outage.'] : []),
  ];
}

const isSame = ({ id, version }: AvailabilityBulletin, other: BulletinVersion | undefined): boolean =>
  other?.bulletinId === id && other.version === version;

const noteOf = (environment: KsefEnvironment): string =>
  `This is the ${environment} environment: what is announced here is test data (the official TEST Latarnia serves an ` +
  'invented total failure). Nothing about real invoices may rest on it.';

/** What is announced; where that is not relied on, what is relied on of the same event comes beside it. */
function outageViews({ announced, outages }: LegalSituation): AnnouncementList['outages'] {
  const isOf = (a: Outage, b: Outage): boolean =>
    a.eventId === b.eventId &&
    a.category === b.category &&
    a.announcement.bulletinId === b.announcement.bulletinId &&
    a.announcement.version === b.announcement.version;
  const reliedOn = (outage: Outage): Outage | undefined => outages.find((other) => isOf(other, outage));
  return [
    ...announced.map((outage) => outageView(reliedOn(outage) ?? outage, reliedOn(outage) !== undefined)),
    ...outages
      .filter((outage) => !announced.some((other) => isOf(other, outage)))
      .map((each) => outageView(each, true)),
  ];
}

function outageView(outage: Outage, reliedOn: boolean): AnnouncementList['outages'][number] {
  const { eventId, category, start, end, announcedAt, announcement, announcedBy, ending } = outage;
  return {
    eventId,
    category,
    start: start.toString(),
    end: end?.toString() ?? null,
    announcedAt: announcedAt.toString(),
    announcement: versionView(announcement),
    announcedBy: announcedBy === undefined ? null : versionView(announcedBy),
    ending: ending === undefined ? null : versionView(ending),
    reliedOn,
  };
}

const versionView = ({ bulletinId, version }: BulletinVersion): z.infer<typeof Version> => ({
  bulletin: bulletinId,
  version,
});

/** Of messages published at one moment the one read last comes first, then the higher version. */
function lastPublishedFirst(a: AvailabilityBulletin, b: AvailabilityBulletin): number {
  return (
    b.publishedAt.epochMilliseconds - a.publishedAt.epochMilliseconds ||
    b.fetchedAt.epochMilliseconds - a.fetchedAt.epochMilliseconds ||
    b.version - a.version
  );
}
