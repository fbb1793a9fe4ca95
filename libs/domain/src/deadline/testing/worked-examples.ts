import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { polishBusinessDays } from '../../calendar/business-day-calendar.js';
import { warsawDay } from '../../calendar/warsaw-time.js';
import type { Outage, OutageCategory } from '../../outage/outage.js';
import { Temporal } from '../../shared/instant.js';
import { deadlineFor, type Deadline, type DeadlineSubject } from '../deadline.js';
import type { DeadlineRules } from '../deadline-rules.js';

export interface WorkedExample {
  readonly id: string;
  readonly tag: string;
  readonly source: string;
  readonly mode: string;
  readonly issuedAt: string;
  readonly events: readonly {
    readonly type: 'FAILURE' | 'MAINTENANCE' | 'TOTAL_FAILURE';
    readonly start: string;
    readonly end: string | null;
    readonly publishedAt?: string;
  }[];
  readonly expectedMode: string;
  /** A day; `null` means that there is none: open while a failure lasts, or nothing to send. */
  readonly expectedDueDate: string | null;
  readonly alternativeReadings?: readonly string[];
}

export const WORKED_EXAMPLES = JSON.parse(
  readFileSync(join(import.meta.dirname, '../__fixtures__/deadline-examples.json'), 'utf8'),
) as readonly WorkedExample[];

export const REGIMES: Readonly<Record<string, Deadline['regime']>> = {
  OFFLINE24: 'offline24',
  OFFLINE: 'unavailability',
  AWARYJNY: 'emergency',
  TOTAL_FAILURE: 'total-failure',
};
const CATEGORIES = { FAILURE: 'failure', MAINTENANCE: 'maintenance', TOTAL_FAILURE: 'total-failure' } as const;

export const calendar = polishBusinessDays();

export function anOutage(
  category: OutageCategory,
  eventId: string,
  start: string,
  end: string | null,
  publishedAt: string = start,
): Outage {
  return {
    eventId,
    category,
    start: Temporal.Instant.from(start),
    ...(end === null ? {} : { end: Temporal.Instant.from(end) }),
    announcedAt: Temporal.Instant.from(publishedAt),
    announcement: { bulletinId: `bulletin-${eventId}`, version: 1 },
  };
}

export const exampleOf = (id: string): WorkedExample => {
  const example = WORKED_EXAMPLES.find((candidate) => candidate.id === id);
  if (example === undefined) throw new Error(`there is no example ${id}`);
  return example;
};

export const outagesOf = ({ events }: WorkedExample): readonly Outage[] =>
  events.map(({ type, start, end, publishedAt }, at) =>
    anOutage(CATEGORIES[type], String(at), start, end, publishedAt),
  );

export function subjectOf({ issuedAt, mode }: Pick<WorkedExample, 'issuedAt' | 'mode'>): DeadlineSubject {
  const moment = Temporal.Instant.from(issuedAt);
  const declared = REGIMES[mode];
  return { issueDate: warsawDay(moment), issuedAt: moment, ...(declared === undefined ? {} : { declared }) };
}

export const deadlineOfExample = (example: WorkedExample, rules?: DeadlineRules) =>
  deadlineFor(subjectOf(example), outagesOf(example), calendar, rules);

export const dayOf = (deadline: Deadline): string =>
  deadline.kind === 'due' ? deadline.day.toString() : deadline.kind;
