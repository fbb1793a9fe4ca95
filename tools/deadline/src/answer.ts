import {
  deadlineFor,
  deadlineIfSentLater,
  deadlineOfSent,
  explanationOf,
  otherReadings,
  polishBusinessDays,
  rulesWith,
  type ChangedPolicies,
  type Deadline,
  type DeadlineInputs,
  type DeadlineSubject,
  type IssuingMode,
  type OfflineRegime,
} from '@latarnik/domain';
import type { Expected, Mode, Question } from './question.js';

/** A procedure with its deadline, in the names of the file. */
export interface Outcome {
  readonly mode: Mode;
  /** `unlimited`: there is no deadline, because the invoice is online or the law sets none. */
  readonly kind: Deadline['kind'] | 'unlimited';
  readonly dueDate: string | null;
  readonly endsAt: string | null;
  readonly basis: string | null;
  readonly steps: readonly string[];
  /** Of a sending that is given. */
  readonly late?: boolean;
  readonly calendarVersion?: string;
  readonly inputs?: DeadlineInputs;
}

export type Answer = { readonly id: string; readonly expected: Expected; readonly verdict: Verdict } & (
  | { readonly kind: 'answered'; readonly outcome: Outcome; readonly readings: readonly Reading[] }
  | {
      /** Declared online, and the sending is not given: it is what the day of sending makes of it. */
      readonly kind: 'depends-on-sending';
      readonly issueDate: string;
      readonly sentOnTheDay: Outcome;
      readonly sentLater: Outcome;
    }
  | { readonly kind: 'refused'; readonly steps: readonly string[] }
);
export type Verdict = 'agrees' | 'differs' | 'nothing-expected';

export interface Reading {
  readonly policy: string;
  readonly reading: string;
  readonly outcome: Outcome;
}

const MODE_NAMES: Readonly<Record<IssuingMode, Mode>> = {
  online: 'ONLINE',
  offline24: 'OFFLINE24',
  unavailability: 'OFFLINE',
  emergency: 'AWARYJNY',
  'total-failure': 'TOTAL_FAILURE',
};
const REGIMES: Readonly<Record<Exclude<Mode, 'ONLINE'>, OfflineRegime>> = {
  OFFLINE24: 'offline24',
  OFFLINE: 'unavailability',
  AWARYJNY: 'emergency',
  TOTAL_FAILURE: 'total-failure',
};
const calendar = polishBusinessDays();

/** Asks the engine; nothing of the law is here. */
export function answer(question: Question, policies: ChangedPolicies): Answer {
  const { id, mode, sending, outages, expected } = question;
  const rules = rulesWith({ ...policies, ...question.policies });
  const subject = subjectOf(question);
  if (sending !== undefined) return answerSent(question, subject, rules);
  if (mode === 'ONLINE') {
    const limit = deadlineIfSentLater(subject, outages, calendar, rules);
    const sentLater = limit === 'no-limit' ? unlimited('OFFLINE24', [NO_LIMIT]) : outcomeOf(limit, subject);
    const sentOnTheDay = unlimited('ONLINE', []);
    const verdict = judge(expected, [sentOnTheDay, sentLater]);
    return {
      kind: 'depends-on-sending',
      id,
      issueDate: subject.issueDate.toString(),
      sentOnTheDay,
      sentLater,
      expected,
      verdict,
    };
  }
  const outcome = outcomeOf(deadlineFor(subject, outages, calendar, rules), subject);
  const readings = otherReadings(subject, outages, calendar, rules).map(({ policy, reading, deadline }) => ({
    policy,
    reading,
    outcome: outcomeOf(deadline, subject),
  }));
  return { kind: 'answered', id, outcome, readings, expected, verdict: judge(expected, [outcome]) };
}

const NO_LIMIT = 'No limit applies: art. 106nda(16) does not list paragraph 2 (policy onlineSentLater).';

function answerSent(question: Question, subject: DeadlineSubject, rules: ReturnType<typeof rulesWith>): Answer {
  const { id, mode, sending, outages, expected } = question;
  if (sending === undefined) throw new Error(`${id}: no sending is given`);
  const declared = mode === 'ONLINE' ? 'online' : 'offline';
  const how =
    sending.session === 'batch'
      ? ({ declared, session: 'batch', openedAt: sending.at } as const)
      : ({ declared, session: 'interactive', postedAt: sending.at } as const);
  const sent = deadlineOfSent(subject, how, outages, calendar, rules);
  if (sent.mode === undefined) {
    const verdict = Object.keys(expected).length === 0 ? 'nothing-expected' : 'differs';
    return { kind: 'refused', id, steps: sent.explanation, expected, verdict };
  }
  const limit = sent.deadline === undefined ? unlimited(MODE_NAMES[sent.mode], []) : outcomeOf(sent.deadline, subject);
  const outcome = { ...limit, steps: sent.explanation, late: sent.late };
  return { kind: 'answered', id, outcome, readings: [], expected, verdict: judge(expected, [outcome]) };
}

function subjectOf({ issueDate, issuedAt, mode }: Question): DeadlineSubject {
  return { issueDate, issuedAt, ...(mode === 'ONLINE' ? {} : { declared: REGIMES[mode] }) };
}

function outcomeOf(deadline: Deadline, subject: DeadlineSubject): Outcome {
  const { regime, kind, basis, calendarVersion, inputs } = deadline;
  return {
    mode: MODE_NAMES[regime],
    kind,
    dueDate: deadline.kind === 'due' ? deadline.day.toString() : null,
    endsAt: deadline.kind === 'due' ? deadline.endsAt.toString() : null,
    basis,
    steps: explanationOf(subject, deadline),
    calendarVersion,
    ...(inputs === undefined ? {} : { inputs }),
  };
}

function unlimited(mode: Mode, steps: readonly string[]): Outcome {
  return { mode, kind: 'unlimited', dueDate: null, endsAt: null, basis: null, steps };
}

function judge(expected: Expected, outcomes: readonly Outcome[]): Verdict {
  if (Object.keys(expected).length === 0) return 'nothing-expected';
  return outcomes.some((outcome) => isAsExpected(expected, outcome)) ? 'agrees' : 'differs';
}

/** What is not expected is not compared. */
export function isAsExpected(expected: Expected, { mode, dueDate }: Outcome): boolean {
  if (expected.mode !== undefined && expected.mode !== mode) return false;
  return expected.dueDate === undefined || expected.dueDate === dueDate;
}
