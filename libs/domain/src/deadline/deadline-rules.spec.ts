import { describe, expect, it } from '@jest/globals';
import {
  changedPolicies,
  DEADLINE_POLICIES,
  DEFAULT_RULES,
  POLICY_NAMES,
  readingsOf,
  rulesWith,
  type ChangedPolicies,
} from './deadline-rules.js';
import { deadlineFor } from './deadline.js';
import { otherReadings } from './other-readings.js';
import {
  anOutage,
  calendar,
  dayOf,
  deadlineOfExample,
  exampleOf,
  outagesOf,
  subjectOf,
  WORKED_EXAMPLES,
} from './testing/worked-examples.js';
import { deadlineIfSentLater } from './sending-time.js';

/** Of each example with another reading: the day it gives there, read from the beginning of its text. */
const ALTERNATIVES = WORKED_EXAMPLES.flatMap(({ id, alternativeReadings = [] }) =>
  alternativeReadings.map((text) => [id, /^(\d{4}-\d{2}-\d{2}|null)\b/.exec(text)?.[1] ?? text] as const),
);

/** Which reading of which question an example shows. */
const SHOWN_BY = POLICY_NAMES.flatMap((policy) =>
  Object.entries<{ says: string; shownBy?: readonly string[] }>(DEADLINE_POLICIES[policy].readings).flatMap(
    ([reading, { shownBy = [] }]) => shownBy.map((id) => [id, policy, reading] as const),
  ),
);

describe('the questions the law leaves open', () => {
  it.each(POLICY_NAMES)('%s has a default among its readings, examples that exist, and a source', (name) => {
    const { default: reading, examples, source, question } = DEADLINE_POLICIES[name];
    expect(readingsOf(name)).toContain(reading);
    expect(readingsOf(name)[0]).toBe(reading);
    expect(readingsOf(name).length).toBeGreaterThan(1);
    for (const id of examples) expect(exampleOf(id).id).toBe(id);
    expect(source).toContain('art. ');
    expect(question.includes('?')).toBe(true);
    expect(DEFAULT_RULES[name]).toBe(reading);
  });

  it('cover every other reading that an example names, each by one question', () => {
    expect(ALTERNATIVES.map(([id]) => id)).toEqual([
      ...['C04', 'C07', 'C13', 'D19', 'D20', 'D21', 'E05', 'E13', 'G03', 'H01'],
    ]);
    expect(SHOWN_BY.map(([id]) => id).sort()).toEqual(ALTERNATIVES.map(([id]) => id));
  });

  it.each(ALTERNATIVES)('%s gives %s when its question is read the other way', (id, expected) => {
    const [, policy, reading] = SHOWN_BY.find(([shown]) => shown === id) ?? [];
    const example = exampleOf(id);
    const rules = rulesWith({ [policy!]: reading });
    const limit = deadlineIfSentLater(subjectOf(example), outagesOf(example), calendar, rules);
    expect(limit === 'no-limit' ? 'null' : dayOf(limit)).toBe(expected);
  });

  const otherwise: readonly (readonly [string, ChangedPolicies, string, string])[] = [
    ['A02', { saturday: 'business-day' }, 'emergency', '2025-07-21'],
    ['E03', { lateFailure: 'revives' }, 'emergency', '2026-12-14'],
    ['E10', { lateFailure: 'revives' }, 'emergency', '2026-12-04'],
    ['T06', { lateTotalFailure: 'lifts-the-duty' }, 'total-failure', 'none'],
    ['T10', { lateTotalFailure: 'lifts-the-duty' }, 'total-failure', 'none'],
    ['T09', { failureAfterTotalFailure: 'duty-returns' }, 'emergency', '2026-12-08'],
    ['T03', { failureAfterUnavailability: 'does-not-move' }, 'unavailability', '2026-12-07'],
    ['D18', { issueBeforeAnnouncement: 'announcement-decides' }, 'emergency', '2026-12-03'],
    ['C08', { maintenanceWhileWaiting: 'moves' }, 'unavailability', '2026-12-09'],
    ['G05', { maintenanceWhileWaiting: 'moves' }, 'emergency', '2026-12-03'],
    ['G01', { failureWithMaintenance: 'maintenance-governs' }, 'unavailability', '2026-11-26'],
    ['C13', { electingOffline24: 'issuer-may-elect' }, 'offline24', '2026-12-09'],
    ['E05', { furtherFailure: 'last-announced' }, 'emergency', '2026-12-03'],
    ['E13', { announcementMoment: 'stated-start' }, 'emergency', '2026-12-04'],
    ['D19', { announcedAfterEnd: 'creates-none' }, 'offline24', '2026-11-25'],
    ['D21', { endAtMidnight: 'day-before' }, 'emergency', '2026-12-04'],
  ];
  it.each(otherwise)('%s under %p is %s, due %s, and says how it was read', (id, changed, regime, day) => {
    const deadline = deadlineOfExample(exampleOf(id), rulesWith(changed));
    expect([deadline.regime, dayOf(deadline)]).toEqual([regime, day]);
    const [[policy, reading] = []] = Object.entries(changed);
    expect(deadline.explanation.at(-1)).toBe(`Read as the tenant decided: ${policy ?? ''} = ${reading ?? ''}.`);
    expect(deadline.inputs.changedPolicies).toEqual(changed);
  });

  it('read an end as that of the day before at exactly 00:00 only', () => {
    const dayBefore = rulesWith({ endAtMidnight: 'day-before' });
    const due = (end: string) =>
      dayOf(
        deadlineFor(
          subjectOf({ issuedAt: '2026-11-24T10:00:00+01:00', mode: 'AWARYJNY' }),
          [anOutage('failure', '1', '2026-11-24T09:00:00+01:00', end)],
          calendar,
          dayBefore,
        ),
      );
    expect(due('2026-11-25T23:59:59.999+01:00')).toBe('2026-12-04');
    expect(due('2026-11-26T00:00:00+01:00')).toBe('2026-12-04');
    expect(due('2026-11-26T00:00:00.001+01:00')).toBe('2026-12-07');
  });

  it('show in the value that the calendar counted Saturday', () => {
    expect(deadlineOfExample(exampleOf('A02'), rulesWith({ saturday: 'business-day' })).calendarVersion).toBe(
      'pl-2025.1+sat',
    );
  });

  it('leave an invoice of a total failure unsent, whatever comes later', () => {
    const total = anOutage('total-failure', '1', '2026-11-23T08:00:00+01:00', '2026-11-24T08:00:00+01:00');
    const failure = anOutage('failure', '2', '2026-11-25T08:00:00+01:00', '2026-11-25T09:00:00+01:00');
    const subject = subjectOf({ issuedAt: '2026-11-23T10:00:00+01:00', mode: 'TOTAL_FAILURE' });
    const rules = rulesWith({ failureAfterTotalFailure: 'duty-returns' });
    expect(deadlineFor(subject, [total, failure], calendar, rules)).toMatchObject({
      kind: 'none',
      basis: 'art. 106ng',
    });
  });

  it('do not let maintenance announced after the issue count, where the announcement decides', () => {
    const maintenance = anOutage(
      'maintenance',
      '1',
      '2026-11-23T09:00:00+01:00',
      '2026-11-24T09:00:00+01:00',
      '2026-11-23T12:00:00+01:00',
    );
    const subject = subjectOf({ issuedAt: '2026-11-23T10:00:00+01:00', mode: 'OFFLINE24' });
    expect(dayOf(deadlineFor(subject, [maintenance], calendar))).toBe('2026-11-25');
    const rules = rulesWith({ issueBeforeAnnouncement: 'announcement-decides' });
    expect(dayOf(deadlineFor(subject, [maintenance], calendar, rules))).toBe('2026-11-24');
  });

  it('are answered by default where nothing is changed', () => {
    expect(changedPolicies(rulesWith({}))).toEqual({});
    expect(changedPolicies(rulesWith({ saturday: 'free-day' }))).toEqual({});
    expect(changedPolicies(rulesWith({ saturday: 'business-day' }))).toEqual({ saturday: 'business-day' });
  });
});

describe('other readings of one invoice', () => {
  it.each(ALTERNATIVES.filter(([id]) => id !== 'H01'))('of %s include the one that gives %s', (id, expected) => {
    const example = exampleOf(id);
    const others = otherReadings(subjectOf(example), outagesOf(example), calendar);
    expect(others.map(({ deadline }) => dayOf(deadline))).toContain(expected);
  });

  it('are none where the law leaves no doubt', () => {
    const example = exampleOf('B01');
    expect(otherReadings(subjectOf(example), outagesOf(example), calendar)).toEqual([]);
  });

  it('name the question and the reading', () => {
    const example = exampleOf('E12');
    const others = otherReadings(subjectOf(example), outagesOf(example), calendar);
    expect(others.map(({ policy, reading, deadline }) => [policy, reading, dayOf(deadline)])).toEqual([
      ['lateFailure', 'revives', '2026-12-08'],
    ]);
  });
});
