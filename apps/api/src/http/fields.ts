import { Temporal } from '@latarnik/domain';
import { z } from 'zod';

/** A moment that both we and the database can hold, with its offset. */
export const Moment = z.string().refine((text) => {
  try {
    const { epochMilliseconds } = Temporal.Instant.from(text);
    return epochMilliseconds > Date.UTC(2000, 0) && epochMilliseconds < Date.UTC(2200, 0);
  } catch {
    return false;
  }
}, 'must be a moment such as 2026-11-23T22:59:59Z, between 2000 and 2200');

/** Text that the database can hold. */
export const shortText = (mostCharacters: number) =>
  z
    .string()
    .max(mostCharacters)
    .regex(/^[^\0]*$/, 'must not contain a NUL character');

/** A person's name as they give it; whether it may be blank is for the use case to say. */
export const PersonName = shortText(200).describe('name of the person who answers for it');

export const Reason = shortText(2000).describe('why; for instance the opinion it rests on');
