import { err, ok, outagesFrom, warsawDay, type AvailabilityBulletin, type Result } from '@latarnik/domain';
import { QUESTION, unreadFields, type EventFields, type QuestionFields } from './file-format.js';
import type { Question } from './question.js';

export interface ReadFile {
  readonly questions: readonly Question[];
  /** Not wrong, but perhaps not meant. */
  readonly notes: readonly string[];
}

/** Reads the text of a file: one object or an array of them. @returns every finding, named by its place */
export function readQuestions(text: string): Result<ReadFile, readonly string[]> {
  const parsed = parseJson(text);
  if (!parsed.ok) return err([parsed.error]);
  const items: readonly unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  if (items.length === 0) return err(['the array is empty']);
  const read = items.map((item, at) => ({ place: placeOf(item, at), result: QUESTION.safeParse(item) }));
  const findings = read.flatMap(({ place, result }) =>
    result.success ? [] : result.error.issues.map(({ path, message }) => `${place}${pathText(path)}: ${message}`),
  );
  if (findings.length > 0) return err(findings);
  const valid = read.flatMap(({ place, result }) => (result.success ? [{ place, fields: result.data }] : []));
  return ok({
    questions: valid.map(({ fields }) => questionOf(fields)),
    notes: valid.flatMap(({ place, fields }) =>
      unreadFields(fields).map((name) => `${place}.${name} is no field of this format and was not read`),
    ),
  });
}

/** The byte order mark that some editors write is no part of the text. */
function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text.replace(/^\uFEFF/, '')) as unknown);
  } catch (error) {
    return err(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function placeOf(item: unknown, at: number): string {
  const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
  return typeof id === 'string' && id !== '' ? `[${at}] ${id}` : `[${at}]`;
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');

function questionOf(fields: QuestionFields): Question {
  const { id, mode, issuedAt, issueDate = warsawDay(issuedAt), events, policies = {} } = fields;
  const { expectedMode, expectedDueDate } = fields;
  const sending = sendingOf(fields);
  return {
    id,
    mode,
    issuedAt,
    issueDate,
    outages: outagesFrom(events.map(bulletinOf)),
    ...(sending === undefined ? {} : { sending }),
    policies,
    expected: {
      ...(expectedMode === undefined ? {} : { mode: expectedMode }),
      ...(expectedDueDate === undefined ? {} : { dueDate: expectedDueDate?.toString() ?? null }),
    },
  };
}

/** Of a batch the opening of its session counts as sending, of anything else the posting. */
function sendingOf({ session, sentAt, sessionOpenedAt }: QuestionFields): Question['sending'] {
  const kind = session ?? (sentAt === undefined ? 'batch' : 'interactive');
  const at = kind === 'batch' ? sessionOpenedAt : sentAt;
  return at === undefined ? undefined : { session: kind, at };
}

const CATEGORIES = { FAILURE: 'failure', MAINTENANCE: 'maintenance', TOTAL_FAILURE: 'total-failure' } as const;

/** An event as one message of the Ministry that says all that is known of it. */
function bulletinOf({ type, start, end, publishedAt = start }: EventFields, at: number): AvailabilityBulletin {
  return {
    id: `event ${at + 1}`,
    version: 1,
    eventId: String(at + 1).padStart(6, '0'),
    category: CATEGORIES[type],
    type: type === 'MAINTENANCE' ? 'announcement' : 'start',
    title: '',
    text: '',
    start,
    ...(end ? { end } : {}),
    publishedAt,
    source: 'bip',
    fetchedAt: publishedAt,
  };
}
