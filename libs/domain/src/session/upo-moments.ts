import { Temporal, type Instant } from '../shared/instant.js';
import type { UpoEntry } from './session-reader.port.js';

/**
 * The moments that an entry of a UPO tells (xs:dateTime); what is no moment, or has no offset, is left out.
 * @param sent DataPrzeslaniaDokumentu
 * @param numbered DataNadaniaNumeruKSeF
 */
export function upoMoments(
  sent: string | undefined,
  numbered: string | undefined,
): Pick<UpoEntry, 'sentAt' | 'numberedAt'> {
  const [sentAt, numberedAt] = [momentIn(sent), momentIn(numbered)];
  return { ...(sentAt === undefined ? {} : { sentAt }), ...(numberedAt === undefined ? {} : { numberedAt }) };
}

/** A date, a time and an offset; a comma, a zone in brackets and the like are no xs:dateTime. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function momentIn(text: string | undefined): Instant | undefined {
  const trimmed = text?.trim() ?? '';
  if (!DATE_TIME.test(trimmed)) return undefined;
  try {
    return Temporal.Instant.from(trimmed);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
