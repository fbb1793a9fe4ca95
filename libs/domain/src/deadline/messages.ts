import { isBefore } from '../calendar/warsaw-time.js';
import type { Outage } from '../outage/outage.js';
import { Temporal, type Instant } from '../shared/instant.js';
import type { DeadlineSubject } from './deadline.js';
import { isAfterDay, offline24Due, type Law } from './statutory-clocks.js';

/** When an outage counts as announced; of a stated start that is earlier see the policy `announcementMoment`. */
export function announcedMoment({ start, announcedAt }: Outage, { rules }: Law): Instant {
  return rules.announcementMoment === 'stated-start' && isBefore(start, announcedAt) ? start : announcedAt;
}

/** The announced periods that may be about an invoice, each once, as they were announced, until it was delivered. */
export function messagesFor(subject: DeadlineSubject, outages: readonly Outage[], law: Law): readonly Outage[] {
  return outages
    .filter((outage) => createsPeriod(outage, law) && !isAfterDelivery(outage, subject, law))
    .sort((a, b) => inOrderOfAnnouncement(a, b, law))
    .filter((outage, at, sorted) => !isSameEvent(outage, sorted[at - 1]));
}

/**
 * Whether an outage may tell what an invoice was issued in. One announced after the issue does, whenever that was (domain
 * rules 1.3; policy `issueBeforeAnnouncement`). One known at the issue does, unless the invoice is dated so long before that
 * by its own date it was late already: its issue date in law is P_1 (policy `backDatedIssue`).
 */
export function mayTellTheIssue(outage: Outage, { issueDate, issuedAt }: DeadlineSubject, law: Law): boolean {
  const { issueBeforeAnnouncement, backDatedIssue } = law.rules;
  const announced = announcedMoment(outage, law);
  const wasKnown = !isBefore(issuedAt, announced);
  if (!wasKnown && issueBeforeAnnouncement === 'announcement-decides') return false;
  const came = isBefore(announced, outage.start) ? outage.start : announced;
  const isTooLate = (moment: Instant): boolean =>
    isAfterDay(moment, offline24Due(issueDate, law)) && !mayComeLate(outage, law);
  if (backDatedIssue === 'own-date-decides' && isTooLate(wasKnown ? came : outage.start)) return false;
  return wasKnown || issueBeforeAnnouncement === 'stated-period-decides' || !isTooLate(came);
}

/** Whether a message has its effect also after the due day; by default none has. */
export function mayComeLate({ category }: Outage, { rules }: Law): boolean {
  return (
    (category === 'failure' && rules.lateFailure === 'revives') ||
    (category === 'total-failure' && rules.lateTotalFailure === 'lifts-the-duty')
  );
}

function createsPeriod({ category, end, announcedAt }: Outage, { rules }: Law): boolean {
  const announcedAfterEnd = category === 'failure' && end !== undefined && !isBefore(announcedAt, end);
  return !(announcedAfterEnd && rules.announcedAfterEnd === 'creates-none');
}

function isAfterDelivery(outage: Outage, { deliveredAt }: DeadlineSubject, law: Law): boolean {
  return deliveredAt !== undefined && isBefore(deliveredAt, announcedMoment(outage, law));
}

function inOrderOfAnnouncement(a: Outage, b: Outage, law: Law): number {
  const order = Temporal.Instant.compare(announcedMoment(a, law), announcedMoment(b, law));
  return order || compareText(keyOf(a), keyOf(b));
}

const isSameEvent = (a: Outage, b: Outage | undefined): boolean => b !== undefined && keyOf(a) === keyOf(b);
const keyOf = ({ eventId, category }: Outage): string => `${eventId}/${category}`;
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
