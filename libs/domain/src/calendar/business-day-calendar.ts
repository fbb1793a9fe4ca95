import type { PlainDate } from '../shared/instant.js';
import { POLISH_HOLIDAYS_VERSION, polishHolidayOn } from './polish-holidays.js';

export interface BusinessDayCalendar {
  /** Which rules gave the answer; stored with what was computed from it. */
  readonly version: string;
  isBusinessDay(day: PlainDate): boolean;
}

export interface CalendarOptions {
  /** The VAT Act does not define a business day; Saturday counts as none by default (domain rules 1.5). */
  readonly saturdayIsBusinessDay?: boolean;
  /** Days made free by a one-off act, such as 12 November 2018. */
  readonly oneOffHolidays?: readonly PlainDate[];
}

const SATURDAY = 6;
const SUNDAY = 7;

/** Polish business days (dni robocze): Monday to Friday except statutory holidays. */
export function polishBusinessDays(options: CalendarOptions = {}): BusinessDayCalendar {
  const { saturdayIsBusinessDay = false, oneOffHolidays = [] } = options;
  const variant = `${saturdayIsBusinessDay ? '+sat' : ''}${oneOffHolidays.map((day) => `+${day.toString()}`).join('')}`;
  return {
    version: `${POLISH_HOLIDAYS_VERSION}${variant}`,
    isBusinessDay: (day) =>
      day.dayOfWeek !== SUNDAY &&
      (saturdayIsBusinessDay || day.dayOfWeek !== SATURDAY) &&
      polishHolidayOn(day) === undefined &&
      !oneOffHolidays.some((free) => free.equals(day)),
  };
}

/** The n-th business day strictly after `day` (n at least 1). */
export function addBusinessDays(day: PlainDate, count: number, calendar: BusinessDayCalendar): PlainDate {
  let reached = day;
  for (let left = count; left > 0;) {
    reached = reached.add({ days: 1 });
    if (calendar.isBusinessDay(reached)) left -= 1;
  }
  return reached;
}
