import { createHash } from 'node:crypto';
import { contextLabel, type DueDay, type Instant, type TenantId } from '@latarnik/domain';
import ical, { ICalAlarmType, type ICalCalendar } from 'ical-generator';

/** How often a calendar should look again. */
const REFRESH_SECONDS = 900;
const SECONDS_PER_HOUR = 3600;

/**
 * The days with waiting invoices as an iCalendar feed (RFC 5545): an event of one hour for each day and context, which
 * ends with the deadline, and alarms at the hours at which warnings are raised. Times are UTC, in whole seconds. What has
 * no day has no event. An event keeps its UID while its day, context and tenant are the same.
 */
export function deadlineCalendar(tenant: TenantId, days: readonly DueDay[], now: Instant): string {
  const calendar = ical({
    name: 'Latarnik: terminy KSeF',
    description: 'Terminy przesłania faktur do KSeF / Deadlines for sending invoices to KSeF',
    prodId: { company: 'Latarnik', product: 'deadlines', language: 'PL' },
    ttl: REFRESH_SECONDS,
  });
  for (const day of days) {
    const { endsAt } = day;
    if (endsAt !== undefined) addEvent(calendar, { ...day, endsAt }, tenant, now);
  }
  return `${calendar.toString()}\r\n`;
}

type DatedDay = DueDay & { readonly endsAt: Instant };

function addEvent(calendar: ICalCalendar, day: DatedDay, tenant: TenantId, now: Instant): void {
  const end = wholeSecond(day.endsAt);
  const event = calendar.createEvent({
    id: uidOf(tenant, day),
    stamp: date(wholeSecond(now)),
    start: date(end.subtract({ hours: 1 })),
    end: date(end),
    summary: summaryOf(day),
    description: descriptionOf(day),
    categories: [{ name: 'KSeF' }],
  });
  for (const hours of hoursOfRisk(day)) {
    const alarm = { type: ICalAlarmType.display, trigger: hours * SECONDS_PER_HOUR, description: summaryOf(day) };
    event.createAlarm(alarm).relatesTo('END');
  }
}

/** The hours that `atRisk` counts by: those at which warnings are raised. */
const hoursOfRisk = ({ atRisk }: DueDay): readonly number[] =>
  Object.keys(atRisk).map((name) => Number.parseInt(name, 10));

/** The last millisecond of a day is in its last second. */
const wholeSecond = (moment: Instant): Instant => moment.round({ smallestUnit: 'second', roundingMode: 'floor' });

const date = (moment: Instant): Date => new Date(moment.epochMilliseconds);

/** The same NIP may be a context of two tenants, whose feeds one calendar shows. */
function uidOf(tenant: TenantId, { endsAt, context }: DatedDay): string {
  const name = `${tenant} ${contextLabel(context)} ${endsAt.toString()}`;
  return `${createHash('sha256').update(name).digest('hex').slice(0, 32)}@deadlines.latarnik`;
}

function summaryOf({ invoices, context }: DueDay): string {
  return `KSeF: ${polishCount(invoices)} do przesłania / ${englishCount(invoices)} to send (${contextLabel(context)})`;
}

function descriptionOf({ day, invoices, overdue, needPerson, byRegime, targetAt }: DatedDay): string {
  const regimes = Object.entries(byRegime).map(([regime, count]) => `${regime}: ${String(count)}`);
  return [
    `${polishCount(invoices)} do przesłania do KSeF, ostatni dzień: ${day?.toString() ?? ''}.`,
    ...(overdue > 0 ? [`Po terminie: ${String(overdue)}.`] : []),
    ...(needPerson > 0 ? [`Wymaga działania: ${String(needPerson)}.`] : []),
    `${englishCount(invoices)} to send to KSeF, last day: ${day?.toString() ?? ''} (${regimes.join(', ')}).`,
    ...(targetAt === undefined ? [] : [`House target: ${targetAt.toString()}.`]),
    ...(overdue > 0 ? [`Overdue: ${String(overdue)}.`] : []),
    ...(needPerson > 0 ? [`Needs a person: ${String(needPerson)}.`] : []),
  ].join('\n');
}

const englishCount = (count: number): string => `${String(count)} ${count === 1 ? 'invoice' : 'invoices'}`;

const FORMS = { one: 'faktura', few: 'faktury', many: 'faktur', other: 'faktury', two: 'faktury', zero: 'faktur' };
const polish = new Intl.PluralRules('pl');

const polishCount = (count: number): string => `${String(count)} ${FORMS[polish.select(count)]}`;
