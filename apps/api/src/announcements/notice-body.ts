import { Temporal, type EnteredBy, type NoticeRequest } from '@latarnik/domain';
import { z } from 'zod';
import { Moment, PersonName, shortText } from '../http/fields.js';

const ReadAt = shortText(2000).describe('an address in BIP, or a broadcast with its time');

/** A notice as a person enters it; what makes sense together is checked by the use case. */
export const NoticeBody = z.strictObject({
  id: shortText(100).describe('number of the notice, or a name for it'),
  version: z.number().describe('1, or one more than the version that this one corrects'),
  eventId: shortText(200).optional().describe('of the earlier message that it ends or adds to; else a new event'),
  category: z.enum(['failure', 'total-failure', 'maintenance']),
  type: z.enum(['start', 'end', 'announcement', 'withdrawal']),
  title: shortText(1000),
  text: shortText(20_000),
  start: Moment,
  end: Moment.optional(),
  publishedAt: Moment.describe('as the notice states it'),
  person: PersonName,
  readAt: ReadAt,
  simulation: z.boolean().default(false).describe('made up, to rehearse an outage; refused on production'),
});

export const ConfirmationBody = z.strictObject({ person: PersonName, readAt: ReadAt });

/** @param actor the credential it is entered with */
export function noticeRequest(
  { person, readAt, start, end, publishedAt, eventId, ...same }: z.infer<typeof NoticeBody>,
  actor: string,
): NoticeRequest {
  const enteredBy: EnteredBy = { person, readAt, actor };
  return {
    ...same,
    ...(eventId === undefined ? {} : { eventId }),
    start: Temporal.Instant.from(start),
    ...(end === undefined ? {} : { end: Temporal.Instant.from(end) }),
    publishedAt: Temporal.Instant.from(publishedAt),
    enteredBy,
  };
}
