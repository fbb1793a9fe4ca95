import { situationAsOf } from '../../legal-situation/legal-situation.js';
import type { AvailabilityBulletin } from '../../outage/availability-bulletin.js';
import type { TotalFailureConfirmation } from '../../outage/total-failure-confirmation.js';
import { Temporal, type Instant } from '../../shared/instant.js';
import { deadlineFor, type DeadlineSubject, type DerivedDeadline } from '../deadline.js';
import { calendar } from './worked-examples.js';

/** The deadline as it was known at a moment, by the default readings, every total failure being confirmed from the start. */
export function deadlineAsOf(
  subject: DeadlineSubject,
  bulletins: readonly AvailabilityBulletin[],
  moment: Instant,
  confirmations: readonly TotalFailureConfirmation[] = bulletins.map(confirmationOf),
): DerivedDeadline {
  const records = { bulletins, confirmations, policyChanges: [], housePolicyDecisions: [] };
  const { outages, law } = situationAsOf(records, moment, { calendar, environment: 'test' });
  return deadlineFor(subject, outages, law.calendar, law.rules);
}

function confirmationOf({ eventId, id, version }: AvailabilityBulletin): TotalFailureConfirmation {
  const confirmedAt = Temporal.Instant.from('2000-01-01T00:00:00Z');
  return { eventId, bulletinId: id, version, confirmedAt, person: 'Ewa', actor: 'api-key:1', readAt: 'Polskie Radio' };
}
