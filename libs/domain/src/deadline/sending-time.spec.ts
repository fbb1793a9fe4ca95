import { describe, expect, it } from '@jest/globals';
import { Temporal } from '../shared/instant.js';
import { rulesWith } from './deadline-rules.js';
import { deadlineOfSent, ksefMarking, type Sending } from './sending-time.js';
import { anOutage, calendar, dayOf, exampleOf, REGIMES, subjectOf } from './testing/worked-examples.js';

const at = (text: string) => Temporal.Instant.from(text);
const posted = (text: string, declared: 'online' | 'offline' = 'online'): Sending => ({
  declared,
  session: 'interactive',
  postedAt: at(text),
});
const opened = (text: string, declared: 'online' | 'offline' = 'online'): Sending => ({
  declared,
  session: 'batch',
  openedAt: at(text),
});

/** The six examples that the day of sending decides, with the sending of their notes. */
const SENT: readonly (readonly [string, Sending, boolean])[] = [
  ['A04', posted('2025-10-04T00:00:01+02:00'), false],
  ['A05', opened('2025-10-03T23:59:59+02:00'), false],
  ['A06', posted('2025-10-04T00:00:01+02:00'), false],
  ['A07', posted('2026-02-01T23:50:00+01:00'), false],
  ['H01', posted('2026-11-24T09:00:00+01:00'), true],
  ['H02', posted('2026-11-23T09:00:00+01:00'), false],
];

describe('an invoice whose sending is known', () => {
  it.each(SENT)('%s has the procedure and the day of the example', (id, sending, late) => {
    const example = exampleOf(id);
    const sent = deadlineOfSent(subjectOf(example), sending, [], calendar);
    expect(sent.mode).toBe(example.expectedMode === 'ONLINE' ? 'online' : REGIMES[example.expectedMode]);
    expect(sent.deadline === undefined ? null : dayOf(sent.deadline)).toBe(example.expectedDueDate);
    expect(sent.late).toBe(late);
  });

  it('has no limit under the permissive reading of art. 106nda(16), and is not late then', () => {
    const rules = rulesWith({ onlineSentLater: 'no-limit' });
    const sent = deadlineOfSent(subjectOf(exampleOf('H01')), posted('2026-11-24T09:00:00+01:00'), [], calendar, rules);
    expect(sent).toEqual({
      markedBy: 'offline',
      mode: 'offline24',
      late: false,
      explanation: [
        'Dated 2026-11-20, declared online, posted on 2026-11-24 09:00, a later day: KSeF marks it offline.',
        'No limit applies: art. 106nda(16) does not list paragraph 2 (policy onlineSentLater).',
      ],
    });
  });

  it('keeps the deadline of an announced failure under both readings', () => {
    const failure = anOutage('failure', '1', '2026-11-23T08:00:00+01:00', '2026-11-23T12:00:00+01:00');
    for (const onlineSentLater of ['next-business-day', 'no-limit'] as const) {
      const sent = deadlineOfSent(
        subjectOf(exampleOf('H01')),
        posted('2026-11-24T09:00:00+01:00'),
        [failure],
        calendar,
        rulesWith({ onlineSentLater }),
      );
      expect(sent).toMatchObject({ mode: 'emergency', late: false });
      expect(sent.deadline && dayOf(sent.deadline)).toBe('2026-12-02');
    }
  });

  it('is not moved by a message that came after it was sent', () => {
    const failure = anOutage('failure', '1', '2026-11-23T10:00:00+01:00', '2026-11-23T12:00:00+01:00');
    const sent = deadlineOfSent(subjectOf(exampleOf('H02')), posted('2026-11-23T09:00:00+01:00'), [failure], calendar);
    expect(sent.deadline && dayOf(sent.deadline)).toBe('2026-11-23');
  });

  it('stays offline when it was declared so, also when it is sent on the day of P_1', () => {
    const sent = deadlineOfSent(
      subjectOf({ issuedAt: '2026-11-23T10:00:00+01:00', mode: 'OFFLINE24' }),
      opened('2026-11-23T15:00:00+01:00', 'offline'),
      [],
      calendar,
    );
    expect(sent).toMatchObject({ markedBy: 'offline', mode: 'offline24', late: false });
    expect(sent.explanation[0]).toBe(
      'Dated 2026-11-23, declared offline, sent in a batch session opened on 2026-11-23 15:00: KSeF marks it offline.',
    );
  });

  it('is late from the first moment after the due day, and is marked all the same', () => {
    const subject = subjectOf({ issuedAt: '2026-11-23T10:00:00+01:00', mode: 'OFFLINE24' });
    const late = (text: string) => deadlineOfSent(subject, posted(text, 'offline'), [], calendar).late;
    expect(late('2026-11-24T23:59:59.999+01:00')).toBe(false);
    expect(late('2026-11-25T00:00:00+01:00')).toBe(true);
  });

  it('was never issued when P_1 lies after the day of sending', () => {
    const subject = subjectOf({ issuedAt: '2026-11-24T00:00:30+01:00', mode: 'ONLINE' });
    const sent = deadlineOfSent(subject, opened('2026-11-23T23:59:00+01:00'), [], calendar);
    expect(sent).toMatchObject({ markedBy: 'refused', late: false });
    expect(sent).not.toHaveProperty('mode');
    expect(sent).not.toHaveProperty('deadline');
  });

  it('keeps the deadline of the rejected file when a technical correction is sent', () => {
    const original = subjectOf(exampleOf('E17'));
    const correction = deadlineOfSent(original, posted('2026-11-24T12:00:00+01:00', 'offline'), [], calendar);
    expect(correction).toMatchObject({ mode: 'offline24', late: true });
    expect(correction.deadline && dayOf(correction.deadline)).toBe('2026-11-23');
  });
});

describe('what KSeF marks an invoice as', () => {
  const dated = (day: string) => ({ issueDate: Temporal.PlainDate.from(day) });

  it.each([
    ['the last moment of P_1 in winter', '2026-11-23', posted('2026-11-23T22:59:59.999Z'), 'online'],
    ['midnight in winter', '2026-11-23', posted('2026-11-23T23:00:00Z'), 'offline'],
    ['the last moment of P_1 in summer', '2026-07-14', posted('2026-07-14T21:59:59.999Z'), 'online'],
    ['midnight in summer', '2026-07-14', posted('2026-07-14T22:00:00Z'), 'offline'],
    ['the last moment of the day of 25 hours', '2026-10-25', posted('2026-10-25T22:59:59.999Z'), 'online'],
    ['the last moment of the day of 23 hours', '2026-03-29', posted('2026-03-29T21:59:59.999Z'), 'online'],
    ['midnight after the day of 23 hours', '2026-03-29', posted('2026-03-29T22:00:00Z'), 'offline'],
    ['the moment before P_1', '2026-11-24', posted('2026-11-23T22:59:59.999Z', 'offline'), 'refused'],
    ['a batch opened in time', '2026-11-23', opened('2026-11-23T22:59:59Z'), 'online'],
    ['a batch opened a day later', '2026-11-23', opened('2026-11-23T23:00:00Z'), 'offline'],
  ])('at %s: P_1 %s', (_when, day, sending, expected) => {
    expect(ksefMarking(dated(day), sending)).toBe(expected);
  });
});
