import { Temporal, WARSAW } from '@latarnik/domain';
import { isAsExpected, type Answer, type Outcome } from './answer.js';
import type { Expected } from './question.js';

/** One answer as lines for people. Stable: nothing in it but the file and the engine. */
export function textOf(answer: Answer, showReadings: boolean): readonly string[] {
  return [...bodyOf(answer, showReadings), ...verdictOf(answer), ''];
}

/** One answer as one line of JSON. */
export function jsonOf({ id, expected, verdict, ...answer }: Answer): string {
  const expectation = { expected: { mode: expected.mode, dueDate: expected.dueDate }, verdict };
  return JSON.stringify({ id, ...answer, ...(verdict === 'nothing-expected' ? { verdict } : expectation) });
}

function bodyOf(answer: Answer, showReadings: boolean): readonly string[] {
  switch (answer.kind) {
    case 'answered':
      return [
        `${answer.id}  ${summaryOf(answer.outcome)}`,
        ...stepsOf(answer.outcome.steps),
        ...(showReadings
          ? answer.readings.map(
              ({ policy, reading, outcome }) => `  other reading, ${policy} = ${reading}: ${summaryOf(outcome)}`,
            )
          : []),
      ];
    case 'depends-on-sending':
      return [
        `${answer.id}  depends on the sending: no sentAt is given`,
        `  if sent on ${answer.issueDate}: ${summaryOf(answer.sentOnTheDay)}`,
        `  if sent later: ${summaryOf(answer.sentLater)}`,
        ...stepsOf(answer.sentLater.steps),
      ];
    case 'refused':
      return [`${answer.id}  refused by KSeF`, ...stepsOf(answer.steps)];
  }
}

function summaryOf({ mode, kind, dueDate, endsAt, basis, late }: Outcome): string {
  const by = `(${basis ?? ''})`;
  switch (kind) {
    case 'due':
      return `${mode}  due ${dayText(dueDate)}, until ${untilText(endsAt)} ${by}${SENT[String(late)] ?? ''}`;
    case 'open':
      return `${mode}  no day yet: the outage has not ended ${by}`;
    case 'none':
      return `${mode}  nothing to send ${by}`;
    case 'unlimited':
      return `${mode}  no deadline`;
  }
}

const SENT: Readonly<Record<string, string>> = { true: '; sent LATE', false: '; sent in time' };
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function dayText(day: string | null): string {
  return day === null ? '' : `${WEEKDAYS[Temporal.PlainDate.from(day).dayOfWeek - 1] ?? ''} ${day}`;
}

/** `2025-07-22T23:59:59.999+02:00`: as clocks in Poland show it. */
function untilText(endsAt: string | null): string {
  if (endsAt === null) return '';
  return Temporal.Instant.from(endsAt).toString({ timeZone: WARSAW, fractionalSecondDigits: 3 });
}

const stepsOf = (steps: readonly string[]): readonly string[] => steps.map((step, at) => `  ${at + 1}. ${step}`);

function verdictOf(answer: Answer): readonly string[] {
  const { expected, verdict } = answer;
  if (verdict === 'nothing-expected') return [];
  if (verdict === 'differs') return [`  expected ${expectedText(expected)}: DIFFERS`];
  if (answer.kind !== 'depends-on-sending') return [`  expected ${expectedText(expected)}: agrees`];
  const branch = isAsExpected(expected, answer.sentLater) ? 'sent later' : `sent on ${answer.issueDate}`;
  return [`  expected ${expectedText(expected)}: agrees if ${branch}`];
}

function expectedText({ mode, dueDate }: Expected): string {
  return [...(mode === undefined ? [] : [mode]), ...(dueDate === undefined ? [] : [dueDate ?? 'no day'])].join(', ');
}
