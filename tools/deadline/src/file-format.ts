import { isBefore, isPolicyName, POLICY_NAMES, readingsOf, Temporal, warsawDay, type Instant } from '@latarnik/domain';
import * as z from 'zod';
import { MODES } from './question.js';

/** The format of `deadline-examples.json`, and what may be added to it. Unknown fields pass, and are noted elsewhere. */

/** A value as it stands in the file, cut where it is long. */
export function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const must = (what: string) => (issue: { readonly input?: unknown }) =>
  issue.input === undefined ? `is missing; it must be ${what}` : `${show(issue.input)} must be ${what}`;

/** A text that `from` can read; anything it throws is a finding. */
function readAs<T>(what: string, pattern: RegExp, from: (text: string) => T) {
  const error = must(what);
  return z.string({ error }).transform((text, context): T => {
    try {
      if (pattern.test(text)) return from(text);
    } catch {
      // It looks like one, and is none.
    }
    context.addIssue({ code: 'custom', message: error({ input: text }) });
    return z.NEVER;
  });
}

const instant = readAs('a moment with its offset, such as 2026-11-23T09:00:00+01:00', /^\d{4}-/, (text) =>
  Temporal.Instant.from(text),
);
const day = readAs('a day, such as 2026-11-23', /^\d{4}-\d{2}-\d{2}$/, (text) => Temporal.PlainDate.from(text));
const oneOf = <const T extends readonly string[]>(...choice: T) =>
  z.enum(choice, { error: must(`one of ${choice.join(', ')}`) });

const event = z
  .looseObject(
    {
      type: oneOf('FAILURE', 'MAINTENANCE', 'TOTAL_FAILURE'),
      start: instant,
      end: instant.nullish(),
      publishedAt: instant.optional(),
    },
    { error: must('an object') },
  )
  .refine(({ start, end }) => !end || !isBefore(end, start), { path: ['end'], error: 'is before the start' });

const policies = z
  .record(z.string(), z.unknown(), { error: must('an object of policies and readings') })
  .superRefine((chosen, context) => {
    for (const [name, reading] of Object.entries(chosen)) {
      const message = policyFinding(name, reading);
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: [name] });
    }
  });

export const QUESTION = z
  .looseObject(
    {
      id: z.string({ error: must('a text') }).min(1, { error: must('a text with something in it') }),
      mode: oneOf(...MODES),
      issuedAt: instant,
      issueDate: day.optional(),
      events: z.array(event, { error: must('an array, [] where nothing was announced') }),
      sentAt: instant.optional(),
      sessionOpenedAt: instant.optional(),
      session: oneOf('interactive', 'batch').optional(),
      policies: policies.optional(),
      expectedMode: oneOf(...MODES).optional(),
      expectedDueDate: day.nullish(),
    },
    { error: must('an object') },
  )
  .superRefine((fields, context) => {
    for (const [path, message] of sendingFindings(fields)) context.addIssue({ code: 'custom', message, path: [path] });
  });

export type QuestionFields = z.infer<typeof QUESTION>;
export type EventFields = z.infer<typeof event>;

interface SendingFields {
  readonly issuedAt: Instant;
  readonly sentAt?: Instant | undefined;
  readonly sessionOpenedAt?: Instant | undefined;
  readonly session?: 'interactive' | 'batch' | undefined;
}

/** What does not fit together in the sending of one invoice, with the field it is said of. */
function sendingFindings(fields: SendingFields): readonly (readonly [string, string])[] {
  const { issuedAt, sentAt, sessionOpenedAt, session } = fields;
  const checks = [
    [isAfter(issuedAt, sentAt), 'sentAt', 'is before issuedAt'],
    [isAfter(sessionOpenedAt, sentAt), 'sentAt', 'is before sessionOpenedAt'],
    [session === 'interactive' && !sentAt, 'sentAt', 'is missing; it is when the invoice was posted'],
    [
      session === 'batch' && !sessionOpenedAt,
      'sessionOpenedAt',
      'is missing; of a batch the opening counts as sending',
    ],
    [isUndecided(fields), 'session', 'is missing: interactive or batch? Opening and sending are on different days'],
  ] as const;
  return checks.flatMap(([isWrong, field, finding]) => (isWrong ? [[field, finding] as const] : []));
}

const isAfter = (a: Instant | undefined, b: Instant | undefined): boolean => !!a && !!b && isBefore(b, a);

function isUndecided({ sentAt, sessionOpenedAt, session }: SendingFields): boolean {
  return !session && !!sentAt && !!sessionOpenedAt && !warsawDay(sentAt).equals(warsawDay(sessionOpenedAt));
}

/** What is wrong with a policy and its reading; `undefined` when nothing is. */
export function policyFinding(name: string, reading: unknown): string | undefined {
  if (!isPolicyName(name)) return `is no policy; there are ${POLICY_NAMES.join(', ')}`;
  const allowed = readingsOf(name);
  return typeof reading === 'string' && allowed.includes(reading)
    ? undefined
    : must(`one of ${allowed.join(', ')}`)({ input: reading });
}

/** Fields of the format that say nothing about a deadline. */
const PROSE = ['tag', 'source', 'note', 'alternativeReadings'];

/** The fields of a question that nobody reads: misspelt, perhaps. */
export function unreadFields(fields: QuestionFields): readonly string[] {
  const known = [...Object.keys(QUESTION.shape), ...PROSE];
  return [
    ...Object.keys(fields).filter((name) => !known.includes(name)),
    ...fields.events.flatMap((one, at) =>
      Object.keys(one)
        .filter((name) => !Object.hasOwn(event.shape, name))
        .map((name) => `events[${at}].${name}`),
    ),
  ];
}
