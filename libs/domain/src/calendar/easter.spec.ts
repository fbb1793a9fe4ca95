import { describe, expect, it } from '@jest/globals';
import { easterSunday } from './easter.js';

/**
 * Easter by the lunar tables of the Gregorian reform (golden number, epact, dominical Sunday): the Sunday after the
 * paschal full moon. Another road than the computus of the source.
 */
function easterByEpact(year: number): string {
  const golden = (year % 19) + 1;
  const century = Math.floor(year / 100) + 1;
  const solarCorrection = Math.floor((3 * century) / 4) - 12;
  const lunarCorrection = Math.floor((8 * century + 5) / 25) - 5;
  let epact = (((11 * golden + 20 + lunarCorrection - solarCorrection) % 30) + 30) % 30;
  if ((epact === 25 && golden > 11) || epact === 24) epact += 1;
  let fullMoon = 44 - epact;
  if (fullMoon < 21) fullMoon += 30;
  const moon = new Date(Date.UTC(year, 2, fullMoon));
  const toSunday = 7 - moon.getUTCDay();
  return new Date(moon.getTime() + toSunday * 86_400_000).toISOString().slice(0, 10);
}

describe('easterSunday', () => {
  it.each([
    [2020, '2020-04-12'],
    [2021, '2021-04-04'],
    [2022, '2022-04-17'],
    [2023, '2023-04-09'],
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2026, '2026-04-05'],
    [2027, '2027-03-28'],
    [2028, '2028-04-16'],
    [2029, '2029-04-01'],
    [2030, '2030-04-21'],
    [2031, '2031-04-13'],
    [2032, '2032-03-28'],
    [2033, '2033-04-17'],
    [2034, '2034-04-09'],
    [2035, '2035-03-25'],
    [2036, '2036-04-13'],
    [2037, '2037-04-05'],
    [2038, '2038-04-25'],
    [2039, '2039-04-10'],
    [2040, '2040-04-01'],
  ])('falls in %i on %s', (year, expected) => {
    expect(easterSunday(year).toString()).toBe(expected);
  });

  it('agrees with the lunar tables from 1900 to 2199', () => {
    for (let year = 1900; year < 2200; year++) expect(easterSunday(year).toString()).toBe(easterByEpact(year));
  });
});
