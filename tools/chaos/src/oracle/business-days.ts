const DAY_MS = 86_400_000;

/** Days free by law every year, `MM-DD` (act of 18.01.1951; 24 December since 2025). */
const FIXED = new Set([...['01-01', '01-06', '05-01', '05-03', '08-15', '11-01', '11-11', '12-24', '12-25', '12-26']]);
/** Days after Easter Sunday: Easter, Easter Monday, Pentecost, Corpus Christi. */
const AFTER_EASTER = new Set([0, 1, 49, 60]);

/** The n-th business day after a day, `YYYY-MM-DD`; written apart from the product's calendar. */
export function addBusinessDays(day: string, count: number): string {
  let at = Date.parse(`${day}T00:00:00Z`);
  for (let left = count; left > 0;) {
    at += DAY_MS;
    if (isBusinessDay(new Date(at))) left -= 1;
  }
  return new Date(at).toISOString().slice(0, 10);
}

function isBusinessDay(date: Date): boolean {
  const weekday = date.getUTCDay();
  if (weekday === 0 || weekday === 6 || FIXED.has(date.toISOString().slice(5, 10))) return false;
  return !AFTER_EASTER.has(Math.round((date.getTime() - easter(date.getUTCFullYear())) / DAY_MS));
}

/** Easter Sunday of the Gregorian calendar, by Butcher's rule; epoch milliseconds. */
function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return Date.UTC(year, Math.floor(f / 31) - 1, (f % 31) + 1);
}

/** The day in Poland of a moment, `YYYY-MM-DD`. */
export const warsawDayOf = (moment: Date): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Warsaw' }).format(moment);
