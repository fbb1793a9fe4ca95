import type { Finding } from '@latarnik/domain';
import type { z } from 'zod';

import { quote } from '../quote.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Turns what zod has against a model into findings; `element` is the path of the field, as `lines[3].quantity`. */
export function modelFindings(issue: Issue): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const message = `Field ${quote(key)} is unknown here; see the API's description of the invoice model.`;
      return { code: 'FIELD_UNKNOWN', message, element: fieldPath([...issue.path, key]) };
    });
  }
  return [{ ...(isMissing(issue) ? MISSING : wording(issue)), ...elementOf(issue.path) }];
}

const MISSING = { code: 'FIELD_MISSING', message: 'The field is required.' };

/** Needs `reportInput` when parsing. */
const isMissing = (issue: Issue): boolean =>
  (issue.code === 'invalid_type' || issue.code === 'invalid_value') &&
  issue.input === undefined &&
  issue.path.length > 0;

function wording(issue: Issue): Pick<Finding, 'code' | 'message'> {
  if (issue.code === 'custom') return custom(issue);
  if (issue.code === 'invalid_type') return invalidType(issue);
  if (issue.code === 'invalid_value') {
    return { code: 'VALUE_NOT_ALLOWED', message: `The value is not allowed; expected one of ${listed(issue.values)}.` };
  }
  if (issue.code === 'too_big') {
    return { code: 'TOO_MANY', message: `${sizeWord(issue.origin)} at most ${issue.maximum}.` };
  }
  if (issue.code === 'too_small') {
    return { code: 'TOO_FEW', message: `${sizeWord(issue.origin)} at least ${issue.minimum}.` };
  }
  if (issue.code === 'invalid_union') {
    return { code: 'VALUE_NOT_ALLOWED', message: 'The field "kind" has none of the values allowed here.' };
  }
  return { code: 'FIELD_INVALID', message: issue.message };
}

function custom(issue: z.core.$ZodIssueCustom): Pick<Finding, 'code' | 'message'> {
  const code: unknown = issue.params?.['code'];
  return { code: typeof code === 'string' ? code : 'FIELD_INVALID', message: issue.message };
}

function invalidType(issue: z.core.$ZodIssueInvalidType): Pick<Finding, 'code' | 'message'> {
  const hint = typeof issue.input === 'number' ? ' Amounts are strings too: "12.50".' : '';
  const message = `The value is ${kindOf(issue.input)}; expected ${withArticle(issue.expected)}.${hint}`;
  return { code: 'WRONG_TYPE', message };
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return withArticle(Array.isArray(value) ? 'array' : typeof value);
}

const withArticle = (type: string): string => `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;

const listed = (values: readonly unknown[]): string => values.map((value) => `"${String(value)}"`).join(', ');

const sizeWord = (origin: string): string =>
  origin === 'array' ? 'The number of entries must be' : 'The value must be';

const elementOf = (path: Path): { element: string } | Record<string, never> =>
  path.length === 0 ? {} : { element: fieldPath(path) };

function fieldPath(path: Path): string {
  return path.reduce<string>((joined, part) => {
    if (typeof part === 'number') return `${joined}[${part}]`;
    return joined === '' ? String(part) : `${joined}.${String(part)}`;
  }, '');
}
