import { Temporal, type PlainDate } from '../shared/instant.js';
import { POLISH_HOLIDAYS_VERSION, polishHolidaysOf } from './polish-holidays.js';

export interface BusinessDayCalendar {
  /** Which rules gave the answer; stored with what was computed from it. `calendarOfVersion` makes the calendar again. */
  readonly version: string;
  isBusinessDay(day: PlainDate): boolean;
  /** The first business day strictly after a day. */
  nextBusinessDay(day: PlainDate): PlainDate;
  /** This calendar, with Saturday counted as a business day unless it is a holiday. */
  countingSaturday(): BusinessDayCalendar;
}

export interface CalendarOptions {
  /** The VAT Act does not define a business day; Saturday counts as none by default (domain rules 1.5). */
  readonly saturdayIsBusinessDay?: boolean;
  /** Days made free by a one-off act, such as 12 November 2018. Order and repeats do not matter. */
  readonly oneOffHolidays?: readonly PlainDate[];
}

const SATURDAY = 6;
const SUNDAY = 7;
const SATURDAY_COUNTS = 'sat';

/** Polish business days (dni robocze): Monday to Friday except statutory holidays. */
export function polishBusinessDays(options: CalendarOptions = {}): BusinessDayCalendar {
  const { saturdayIsBusinessDay = false, oneOffHolidays = [] } = options;
  const oneOff = new Set(
    [...oneOffHolidays].sort((a, b) => Temporal.PlainDate.compare(a, b)).map((day) => day.toString()),
  );
  const holidaysOf = remember(polishHolidaysOf, (year) => String(year));
  const isBusinessDay = (day: PlainDate): boolean =>
    day.dayOfWeek !== SUNDAY &&
    (saturdayIsBusinessDay || day.dayOfWeek !== SATURDAY) &&
    !holidaysOf(day.year).has(day.toString()) &&
    !oneOff.has(day.toString());
  let withSaturday: BusinessDayCalendar | undefined;
  return {
    version: [POLISH_HOLIDAYS_VERSION, ...(saturdayIsBusinessDay ? [SATURDAY_COUNTS] : []), ...oneOff].join('+'),
    isBusinessDay,
    nextBusinessDay: remember(
      (day: PlainDate) => firstAfter(day, isBusinessDay),
      (day) => day.toString(),
    ),
    countingSaturday: () => (withSaturday ??= polishBusinessDays({ ...options, saturdayIsBusinessDay: true })),
  };
}

/** The calendar that a stored version names; `undefined` where this program does not know those rules. */
export function calendarOfVersion(version: string): BusinessDayCalendar | undefined {
  const [edition, ...variants] = version.split('+');
  const oneOff = variants.filter((variant) => variant !== SATURDAY_COUNTS);
  if (edition !== POLISH_HOLIDAYS_VERSION || !oneOff.every((text) => /^\d{4}-\d{2}-\d{2}$/.test(text)))
    return undefined;
  return polishBusinessDays({
    saturdayIsBusinessDay: variants.includes(SATURDAY_COUNTS),
    oneOffHolidays: oneOff.map((text) => Temporal.PlainDate.from(text)),
  });
}

/** The n-th business day strictly after `day` (n at least 1). */
export function addBusinessDays(day: PlainDate, count: number, calendar: BusinessDayCalendar): PlainDate {
  let reached = day;
  for (let left = count; left > 0; left--) reached = calendar.nextBusinessDay(reached);
  return reached;
}

function firstAfter(day: PlainDate, isBusinessDay: (day: PlainDate) => boolean): PlainDate {
  let reached = day.add({ days: 1 });
  while (!isBusinessDay(reached)) reached = reached.add({ days: 1 });
  return reached;
}

/** The same few days and years are asked for a million times while deadlines are recalculated. */
function remember<Key, Value>(make: (key: Key) => Value, nameOf: (key: Key) => string): (key: Key) => Value {
  const made = new Map<string, Value>();
  return (key) => {
    const name = nameOf(key);
    const known = made.get(name);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(name, value);
    return value;
  };
}
