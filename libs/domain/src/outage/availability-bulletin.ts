import type { Instant } from '../shared/instant.js';

/** What a message of the Ministry is about. `unknown` is kept and flagged, never guessed. */
export type BulletinCategory = 'failure' | 'total-failure' | 'maintenance' | 'unknown';
export type BulletinType = 'start' | 'end' | 'announcement' | 'unknown';

/**
 * One version of a Latarnia message (komunikat o dostępności), or of a BIP notice entered by a person. Identified by
 * `id` and `version`; every version is kept (domain rules 1.13).
 */
export interface AvailabilityBulletin {
  readonly id: string;
  readonly version: number;
  /** Joins the start and the end of one event. */
  readonly eventId: string;
  readonly category: BulletinCategory;
  readonly type: BulletinType;
  readonly title: string;
  readonly text: string;
  readonly start: Instant;
  /** Stated in the message; for a failure only in its end message. */
  readonly end?: Instant;
  readonly publishedAt: Instant;
  readonly source: 'latarnia' | 'bip';
  /** When we first read it. */
  readonly fetchedAt: Instant;
}
