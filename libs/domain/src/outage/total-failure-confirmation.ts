import { holderOf } from '../access/principal.js';
import type { Instant } from '../shared/instant.js';
import type { KsefEnvironment } from '../verification-code/environment.js';
import type { AvailabilityBulletin, EnteredBy } from './availability-bulletin.js';
import { outagesFrom, standingBulletins, type Outage } from './outage.js';

/**
 * A person's word that an announced total failure (awaria całkowita, art. 106ne(3)) is real. It lifts the duty to send
 * for good, so no message alone does that.
 */
export interface TotalFailureConfirmation extends EnteredBy {
  readonly eventId: string;
  /** The message that the person had before them. */
  readonly bulletinId: string;
  readonly version: number;
  readonly confirmedAt: Instant;
}

/** Persons whose word a total failure needs: two where real invoices are at stake, one where nothing is (reliability B2, S8). */
export function confirmationsNeeded(environment: KsefEnvironment): number {
  return environment === 'production' ? 2 : 1;
}

/**
 * Who vouches for one version of a message: those who confirmed this very version, and whoever entered it. One person
 * counts once.
 */
export function vouchersFor(
  message: AvailabilityBulletin,
  confirmations: readonly TotalFailureConfirmation[],
): readonly EnteredBy[] {
  const { id, version, enteredBy } = message;
  const confirming = confirmations.filter(
    (confirmation) => confirmation.bulletinId === id && confirmation.version === version,
  );
  return [...(enteredBy === undefined ? [] : [enteredBy]), ...confirming].reduce<readonly EnteredBy[]>(
    (distinct, one) => (distinct.some((other) => mayBeSamePerson(one, other)) ? distinct : [...distinct, one]),
    [],
  );
}

/** A person's name, and the credential they used. */
type Named = Pick<EnteredBy, 'person' | 'actor'>;

/**
 * Two persons have two names and two credentials; where either is shared they count as one. The keys of one client are one
 * credential.
 */
export function mayBeSamePerson(a: Named, b: Named): boolean {
  return holderOf(a.actor) === holderOf(b.actor) || nameOf(a) === nameOf(b);
}

const nameOf = ({ person }: Named): string => person.trim().replace(/\s+/gu, ' ').toLocaleLowerCase('pl');

/**
 * The outages that may decide modes and deadlines. Of a total failure only those messages count whose last version enough
 * persons vouch for: neither a further message of the same event nor a corrected period lifts anything by itself. Its
 * end needs nobody's word: it brings the duty back.
 */
export function reliableOutages(
  bulletins: readonly AvailabilityBulletin[],
  confirmations: readonly TotalFailureConfirmation[],
  environment: KsefEnvironment,
): readonly Outage[] {
  const needed = confirmationsNeeded(environment);
  const standing = standingBulletins(bulletins);
  const openings = standing.filter(({ category, type }) => category === 'total-failure' && type !== 'end');
  const vouched = openings.filter((message) => {
    const versions = openings.filter(({ id }) => id === message.id);
    const last = versions.reduce((a, b) => (b.version > a.version ? b : a));
    return vouchersFor(last, confirmations).length >= needed;
  });
  const events = new Set(vouched.map(({ eventId }) => eventId));
  const counts = (bulletin: AvailabilityBulletin): boolean => {
    if (bulletin.category !== 'total-failure') return true;
    return bulletin.type === 'end' ? events.has(bulletin.eventId) : vouched.includes(bulletin);
  };
  return outagesFrom(standing.filter(counts));
}
