import { isBefore, warsawText } from '../calendar/warsaw-time.js';
import { covers, type Outage } from '../outage/outage.js';
import { Temporal, type Instant, type PlainDate } from '../shared/instant.js';
import { countFromFailure } from './at-issue.js';
import type { Circumstances } from './classify-at-issue.js';
import type { DeadlineSubject } from './deadline.js';
import { announcedMoment, mayComeLate } from './messages.js';
import { withStep, type Due, type Standing } from './standing.js';
import { isAfterDay, laterDay, unavailabilityDue, type Law } from './statutory-clocks.js';

/**
 * What came after the clock had started, in its order: what was announced while the invoice waited, and any further
 * failure in force at the issue (of nested failures the latest end counts, domain rules 10 point 5).
 */
export function messagesWhileWaiting(
  { issuedAt }: DeadlineSubject,
  circumstances: Circumstances,
  messages: readonly Outage[],
  law: Law,
): readonly Outage[] {
  const governing = circumstances.mode === 'offline24' ? undefined : circumstances.outage;
  const isFurther = (outage: Outage): boolean => {
    if (isBefore(issuedAt, announcedMoment(outage, law))) return true;
    if (outage.category === 'maintenance') return mayMove(outage, issuedAt, law);
    if (isBefore(issuedAt, outage.start)) return true;
    return outage.category === 'failure' && circumstances.mode === 'emergency' && covers(outage, issuedAt);
  };
  return messages
    .filter((outage) => outage !== governing && isFurther(outage))
    .sort((a, b) => Temporal.Instant.compare(effectiveAt(a, law), effectiveAt(b, law)));
}

/** What one message does to a waiting invoice (domain rules 1.4). */
export function afterMessage(standing: Standing, outage: Outage, subject: DeadlineSubject, law: Law): Standing {
  switch (outage.category) {
    case 'maintenance':
      return afterMaintenance(standing, outage, law);
    case 'failure':
      return afterFailure(standing, outage, subject, law);
    case 'total-failure':
      return afterTotalFailure(standing, outage, subject, law);
  }
}

/** A further failure: seven business days from its end, if it was announced while the time still ran. */
function afterFailure(standing: Standing, outage: Outage, subject: DeadlineSubject, law: Law): Standing {
  const before = ofRunningDuty(standing, law);
  if (before.due === 'none') return standing;
  const outOfReach = whyWithoutEffect(before, outage, subject, law);
  if (outOfReach !== undefined) return withStep(standing, outOfReach, { outage });

  const basis = before.regime === 'emergency' ? 'art. 106nf(5)' : 'art. 106nha';
  const step = isBefore(subject.issuedAt, announcedMoment(outage, law))
    ? `${announced(outage)}, while the invoice waited: the failure rules govern (${basis}).`
    : `${announced(outage)}, and was in force at the issue as well (${basis}).`;
  const governed = withStep(standing, step, { regime: 'emergency', due: before.due, basis, outage });
  return before.regime === 'emergency'
    ? countAgain(governed, outage, before.due, law)
    : countFromFailure(governed, outage, dayIn(before.due), law);
}

/** Of several failures the latest end counts, and none while one has not ended (policy `furtherFailure`). */
function countAgain(standing: Standing, outage: Outage, before: Due, law: Law): Standing {
  if (law.rules.furtherFailure === 'last-announced') return countFromFailure(standing, outage, undefined, law);
  if (before === 'open' && outage.end !== undefined) {
    return withStep(standing, 'This failure has ended, but another announced one has not: no day can be named yet.');
  }
  return countFromFailure(standing, outage, dayIn(before), law);
}

const dayIn = (due: Due): PlainDate | undefined => (typeof due === 'string' ? undefined : due);

/** The duty to send is lifted for good, if the total failure was announced while the time still ran. */
function afterTotalFailure(standing: Standing, outage: Outage, subject: DeadlineSubject, law: Law): Standing {
  if (standing.due === 'none') return standing;
  const outOfReach = whyWithoutEffect(standing, outage, subject, law);
  if (outOfReach !== undefined) return withStep(standing, outOfReach, { outage });
  const { regime, due } = standing;
  const basis = regime === 'emergency' ? 'art. 106nf(7)' : 'art. 106nha';
  return withStep(standing, `${announced(outage)}: the duty to send is lifted (${basis}).`, {
    regime: 'total-failure',
    due: 'none',
    basis,
    lifted: { regime, due },
    outage,
  });
}

/** Maintenance moves nothing, unless the policy `maintenanceWhileWaiting` says so. */
function afterMaintenance(standing: Standing, outage: Outage, law: Law): Standing {
  if (standing.due === 'none') return standing;
  const maintenance = announced(outage);
  if (law.rules.maintenanceWhileWaiting === 'never-moves') {
    return withStep(standing, `${maintenance}: maintenance never moves a deadline.`, { outage });
  }
  if (standing.due === 'open' || outage.end === undefined || isAfterDay(effectiveAt(outage, law), standing.due)) {
    return withStep(standing, `${maintenance}: no effect.`, { outage });
  }
  const due = laterDay(standing.due, unavailabilityDue(outage.end, law));
  if (due.equals(standing.due)) return withStep(standing, `${maintenance}: it ends too early to matter.`, { outage });
  const regime = standing.regime === 'offline24' ? 'unavailability' : standing.regime;
  const step = `${maintenance}, while the invoice waited: due on ${due.toString()} (art. 106nh(2)).`;
  return withStep(standing, step, { regime, due, restoredAt: outage.end, basis: 'art. 106nh(2)', outage });
}

/** Why a message changes nothing; `undefined` when it was announced in the time that ran. */
function whyWithoutEffect(
  { regime, due }: Pick<Standing, 'regime' | 'due'>,
  outage: Outage,
  subject: DeadlineSubject,
  law: Law,
): string | undefined {
  const { failureAfterUnavailability, failureYetToBegin } = law.rules;
  if (isYetToBegin(outage, subject, law) && failureYetToBegin === 'no-effect') {
    return `${announced(outage)}, before the issue, and begins on ${warsawText(outage.start)}, after it: no effect.`;
  }
  if (regime === 'unavailability' && failureAfterUnavailability === 'does-not-move') {
    return `${announced(outage)}, while an invoice of art. 106nh waited: no effect.`;
  }
  if (typeof due === 'string' || !isAfterDay(effectiveAt(outage, law), due) || mayComeLate(outage, law)) {
    return undefined;
  }
  const noEffect = `${announced(outage)}, after the due day ${due.toString()} had passed: no effect.`;
  return isAfterDay(outage.start, due) ? noEffect : `${noEffect} ${STATED_START_REVIEW(outage.start)}`;
}

const STATED_START_REVIEW = (start: Instant): string =>
  `The message states a start before that day ended (${warsawText(start)}): have a tax adviser review it.`;

/** What a further failure meets: the present standing, or, where the duty may return, the one before it was lifted. */
function ofRunningDuty(standing: Standing, { rules }: Law): Pick<Standing, 'regime' | 'due'> {
  const { lifted } = standing;
  return rules.failureAfterTotalFailure === 'duty-returns' && lifted !== undefined ? lifted : standing;
}

/** Whether maintenance that was announced before the issue, and begins after it, may still matter. */
function mayMove({ start }: Outage, issuedAt: Instant, { rules }: Law): boolean {
  return rules.maintenanceWhileWaiting === 'moves' && isBefore(issuedAt, start);
}

/** Announced before the issue, and in force only after it (policy `failureYetToBegin`). */
function isYetToBegin(outage: Outage, { issuedAt }: DeadlineSubject, law: Law): boolean {
  return !isBefore(issuedAt, announcedMoment(outage, law)) && isBefore(issuedAt, outage.start);
}

/** A failure has its effect when it is announced; what was planned beforehand, where that counts, when it begins. */
function effectiveAt(outage: Outage, law: Law): Instant {
  const { maintenanceWhileWaiting, failureYetToBegin } = law.rules;
  const announcedAt = announcedMoment(outage, law);
  const planned =
    outage.category === 'maintenance' ? maintenanceWhileWaiting === 'moves' : failureYetToBegin === 'moves';
  return planned && isBefore(announcedAt, outage.start) ? outage.start : announcedAt;
}

const KINDS = { failure: 'Failure', 'total-failure': 'Total failure', maintenance: 'Maintenance' } as const;

const announced = ({ category, announcedAt, announcement }: Outage): string =>
  `${KINDS[category]} ${announcement.bulletinId} was announced on ${warsawText(announcedAt)}`;
