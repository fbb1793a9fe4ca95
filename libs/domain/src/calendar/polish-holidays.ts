import { Temporal, type PlainDate } from '../shared/instant.js';
import { easterSunday } from './easter.js';

type When =
  | { readonly month: number; readonly day: number }
  /** Days after Easter Sunday. */
  | { readonly easterPlus: number };

export interface HolidayRule {
  readonly name: string;
  readonly when: When;
  /** First year in which it is a holiday, where that lies after the years we compute for. */
  readonly sinceYear?: number;
}

/**
 * Days free from work by statute, Sundays aside (those are in the week, not in this list).
 *
 * @see Act of 18 January 1951 on public holidays (Dz.U. 2025 poz. 296); Christmas Eve only from 2025
 */
export const POLISH_HOLIDAYS: readonly HolidayRule[] = [
  { name: 'Nowy Rok', when: { month: 1, day: 1 } },
  { name: 'Trzech Króli', when: { month: 1, day: 6 } },
  { name: 'Wielkanoc', when: { easterPlus: 0 } },
  { name: 'Poniedziałek Wielkanocny', when: { easterPlus: 1 } },
  { name: 'Święto Pracy', when: { month: 5, day: 1 } },
  { name: 'Święto Konstytucji 3 Maja', when: { month: 5, day: 3 } },
  { name: 'Zielone Świątki', when: { easterPlus: 49 } },
  { name: 'Boże Ciało', when: { easterPlus: 60 } },
  { name: 'Wniebowzięcie NMP', when: { month: 8, day: 15 } },
  { name: 'Wszystkich Świętych', when: { month: 11, day: 1 } },
  { name: 'Święto Niepodległości', when: { month: 11, day: 11 } },
  { name: 'Wigilia', when: { month: 12, day: 24 }, sinceYear: 2025 },
  { name: 'Boże Narodzenie', when: { month: 12, day: 25 } },
  { name: 'Boże Narodzenie (drugi dzień)', when: { month: 12, day: 26 } },
];

/** Raised when the rules or the list change; stored with every deadline that was computed from them. */
export const POLISH_HOLIDAYS_VERSION = 'pl-2025.1';

/** The statutory holidays of a year by their day (`2026-11-11`), with their names. */
export function polishHolidaysOf(year: number): ReadonlyMap<string, string> {
  const inForce = POLISH_HOLIDAYS.filter(({ sinceYear = 0 }) => year >= sinceYear);
  return new Map(inForce.map(({ name, when }) => [dayOf(when, year).toString(), name]));
}

/** The name of the statutory holiday on that day; `undefined` when it is none. */
export function polishHolidayOn(day: PlainDate): string | undefined {
  return polishHolidaysOf(day.year).get(day.toString());
}

function dayOf(when: When, year: number): PlainDate {
  return 'easterPlus' in when
    ? easterSunday(year).add({ days: when.easterPlus })
    : new Temporal.PlainDate(year, when.month, when.day);
}
