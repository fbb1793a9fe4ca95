import type { AvailabilityBulletin } from '../outage/availability-bulletin.js';
import { Temporal } from '../shared/instant.js';

type Overrides = Partial<Omit<AvailabilityBulletin, 'start' | 'end' | 'publishedAt'>> & {
  readonly start?: string;
  readonly end?: string;
  readonly publishedAt?: string;
};

const START = '2026-11-23T09:00:00+01:00';

/** A message of the Ministry; by default the start of a failure, published when it started. Times are ISO 8601 texts. */
export function aBulletin({ start = START, end, publishedAt = start, ...rest }: Overrides = {}): AvailabilityBulletin {
  return {
    id: 'K/2026/AWR/01',
    version: 1,
    eventId: '1001',
    category: 'failure',
    type: 'start',
    title: 'Awaria KSeF',
    text: 'Trwa awaria KSeF.',
    source: 'latarnia',
    fetchedAt: Temporal.Instant.from(publishedAt),
    ...rest,
    start: Temporal.Instant.from(start),
    ...(end === undefined ? {} : { end: Temporal.Instant.from(end) }),
    publishedAt: Temporal.Instant.from(publishedAt),
  };
}

/** The end message of a failure: an id of its own, the same event, the failure's start repeated, its end stated. */
export function anEndBulletin(overrides: Overrides & { readonly end: string }): AvailabilityBulletin {
  return aBulletin({ id: 'K/2026/AWR/02', type: 'end', publishedAt: overrides.end, ...overrides });
}

/** A planned maintenance: one message with start and end. */
export function aMaintenanceBulletin(
  overrides: Overrides & { readonly start: string; readonly end: string },
): AvailabilityBulletin {
  return aBulletin({
    id: 'K/2026/NIE/01',
    eventId: '2001',
    category: 'maintenance',
    type: 'announcement',
    title: 'Niedostępność KSeF',
    ...overrides,
  });
}
