import { isBefore, warsawText } from '../calendar/warsaw-time.js';
import type { Outage } from '../outage/outage.js';
import type { Instant, PlainDate } from '../shared/instant.js';
import { classifyAtIssue, type Circumstances } from './classify-at-issue.js';
import type { DeadlineSubject } from './deadline.js';
import { announcedMoment, mayTellTheIssue } from './messages.js';
import { withStep, type Standing } from './standing.js';
import { emergencyDue, laterDay, offline24Due, unavailabilityDue, type Law } from './statutory-clocks.js';

/** What an invoice was issued in, and how its deadline stood then. */
export interface AtIssue {
  readonly circumstances: Circumstances;
  readonly standing: Standing;
}

/** The procedure an invoice was issued under, and the clock that started with it. */
export function standingAtIssue(subject: DeadlineSubject, messages: readonly Outage[], law: Law): AtIssue {
  const telling = messages.filter((outage) => mayTellTheIssue(outage, subject, law));
  const elected = subject.declared === 'offline24' && law.rules.electingOffline24 === 'issuer-may-elect';
  const circumstances = elected
    ? ({ mode: 'offline24' } as const)
    : classifyAtIssue(subject.issuedAt, telling, law.rules);
  return { circumstances, standing: clockOf(circumstances, subject, messages, law) };
}

function clockOf(
  circumstances: Circumstances,
  subject: DeadlineSubject,
  messages: readonly Outage[],
  law: Law,
): Standing {
  if (circumstances.mode === 'offline24') return startOffline24(subject, law);
  const { mode, outage } = circumstances;
  const { bulletinId } = outage.announcement;
  const began = { regime: mode, due: 'open', outages: [outage] } as const;
  switch (mode) {
    case 'total-failure': {
      const step = `Issued during the total failure announced as ${bulletinId}: nothing is sent to KSeF (art. 106ng).`;
      return { ...began, due: 'none', basis: 'art. 106ng', steps: [step] };
    }
    case 'emergency': {
      const steps = [`Issued during the failure announced as ${bulletinId}.`];
      const standing = { ...began, basis: 'art. 106nf(4)', steps };
      return countFromFailure(standing, outage, dayBeforeMessage(outage, subject, messages, law), law);
    }
    case 'unavailability': {
      const steps = [`Issued during the maintenance announced as ${bulletinId}.`];
      return countFromMaintenance({ ...began, basis: 'art. 106nh(2)', steps }, outage, law);
    }
  }
}

function startOffline24({ issueDate }: DeadlineSubject, law: Law): Standing {
  const due = offline24Due(issueDate, law);
  const steps = [
    'No announced outage covers the moment of issue: offline24.',
    `Due on the next business day after ${issueDate.toString()}, which is ${due.toString()} (art. 106nda(2)).`,
  ];
  return { regime: 'offline24', due, basis: 'art. 106nda(2)', steps, outages: [] };
}

function countFromMaintenance(standing: Standing, { end }: Outage, law: Law): Standing {
  if (end === undefined) {
    return withStep(standing, 'Its end is not known: the day cannot be named yet (art. 106nh(2)).');
  }
  const due = unavailabilityDue(end, law);
  const ends = `The maintenance ends on ${warsawText(end)}`;
  return withStep(standing, `${ends}: due on the next business day, ${due.toString()} (art. 106nh(2)).`, {
    due,
    restoredAt: end,
  });
}

/**
 * Seven business days from the end of a failure, and no day before it has ended (art. 106nf(4), (5)).
 * @param stood the day that stood before this failure became known: a deadline never moves earlier
 */
export function countFromFailure(standing: Standing, outage: Outage, stood: PlainDate | undefined, law: Law): Standing {
  if (outage.end === undefined) {
    const end = `seven business days will count from the end the Ministry announces (${standing.basis}).`;
    return withStep(standing, `The failure has not ended: ${end}`, { due: 'open', outage });
  }
  const restoredAt = laterMoment(standing.restoredAt, outage.end);
  const counted = emergencyDue(outage.end, law);
  const due = stood === undefined ? counted : laterDay(stood, counted);
  const ended = `The failure ended on ${warsawText(outage.end)}`;
  const days = `seven business days end on ${counted.toString()} (${standing.basis}).`;
  const moved = withStep(standing, `${ended}: ${days}`, { due, restoredAt, outage });
  if (due.equals(counted)) return moved;
  return withStep(moved, `${due.toString()} already stood and is later: a deadline never moves earlier.`);
}

const laterMoment = (a: Instant | undefined, b: Instant): Instant => (a === undefined || isBefore(a, b) ? b : a);

/** The day an invoice had until a failure was announced that turned out to cover its issue. */
function dayBeforeMessage(
  failure: Outage,
  subject: DeadlineSubject,
  messages: readonly Outage[],
  law: Law,
): PlainDate | undefined {
  const knownAtIssue = (outage: Outage) => !isBefore(subject.issuedAt, announcedMoment(outage, law));
  if (knownAtIssue(failure)) return undefined;
  const { due } = standingAtIssue(subject, messages.filter(knownAtIssue), law).standing;
  return typeof due === 'string' ? undefined : due;
}
