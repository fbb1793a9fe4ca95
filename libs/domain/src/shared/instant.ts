import { Temporal } from 'temporal-polyfill';

export { Temporal };

/** A moment, UTC. Legal days are `PlainDate`s in Europe/Warsaw; see calendar/warsaw-time.ts. */
export type Instant = Temporal.Instant;
export type PlainDate = Temporal.PlainDate;
