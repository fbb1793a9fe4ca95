import type { Instant } from '../shared/instant.js';

/** What a message of the Ministry is about. `unknown` is kept and flagged, never guessed. */
export type BulletinCategory = 'failure' | 'total-failure' | 'maintenance' | 'unknown';
/** `withdrawal`: a notice entered here by mistake is void from then on; the Ministry's own messages are never withdrawn. */
export type BulletinType = 'start' | 'end' | 'announcement' | 'withdrawal' | 'unknown';

/** Where a message was read: from Latarnia, in BIP by a person, or made up to rehearse an outage. */
export type BulletinSource = 'latarnia' | 'bip' | 'simulation';

/** Who vouches for a notice, and what it rests on. */
export interface EnteredBy {
  /** Name of the person. */
  readonly person: string;
  /** The credential it was entered with, such as `api-key:…`. */
  readonly actor: string;
  /** Where the person read it: an address in BIP, or a broadcast with its time. */
  readonly readAt: string;
}

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
  readonly source: BulletinSource;
  /** When we first read it, or when it was entered. */
  readonly fetchedAt: Instant;
  /** The message as it was read, a JSON text: whatever is not understood here is kept. Only of a message of Latarnia. */
  readonly raw?: string;
  /** Present where a person entered it. */
  readonly enteredBy?: EnteredBy;
}
