import { Temporal, type Downtime, type DowntimeRequest } from '@latarnik/domain';
import { z } from 'zod';
import { Moment, PersonName, shortText } from '../http/fields.js';

export const DowntimeBody = z.strictObject({
  category: z
    .enum(['failure', 'maintenance'])
    .default('failure')
    .describe('a failure begins now and lasts until it is ended; maintenance is planned, with its end'),
  start: Moment.optional().describe('default: now'),
  end: Moment.optional().describe('of maintenance; a failure is ended by DELETE'),
  banner: shortText(500).describe('what people are to be shown while it runs'),
  person: PersonName,
});

export const DowntimeView = z.object({
  eventId: z.string().describe('as in GET /v1/announcements'),
  category: z.enum(['failure', 'maintenance']),
  state: z.enum(['running', 'planned']),
  start: z.iso.datetime(),
  end: z.iso.datetime().nullable().describe('null while no end is known'),
  banner: z.string(),
  person: z.string().describe('who began or planned it'),
});

export const DowntimeList = z.object({
  environment: z.string(),
  allowed: z.boolean().describe('false on production'),
  banner: z.string().nullable().describe('of the one that runs'),
  items: z.array(DowntimeView),
});

export const EndedDowntimes = z.object({
  ended: z.array(DowntimeView.omit({ state: true })).describe('or taken back, where they had not begun'),
});

export function downtimeView({ eventId, category, state, start, end, banner, person }: Downtime) {
  return { eventId, category, state, start: start.toString(), end: end?.toString() ?? null, banner, person };
}

/** @param id names the simulation */
export function downtimeRequest(
  { start, end, ...same }: z.infer<typeof DowntimeBody>,
  id: string,
  actor: string,
): DowntimeRequest {
  return {
    ...same,
    ...{ id, actor },
    ...(start === undefined ? {} : { start: Temporal.Instant.from(start) }),
    ...(end === undefined ? {} : { end: Temporal.Instant.from(end) }),
  };
}
