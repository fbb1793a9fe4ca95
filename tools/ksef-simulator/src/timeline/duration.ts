import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/time.js';

const DURATION = /^(-)?(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?$/;

/** `2d 4h 30m 15s`, any of them, with a minus before for the time before. @returns milliseconds, or undefined */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null || !/\d/.test(text)) return undefined;
  const [, minus, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  const length = Number(days) * DAY_MS + Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1000;
  return minus === undefined ? length : -length;
}
