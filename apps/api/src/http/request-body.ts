import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { DEEPEST_JSON, hasLoneSurrogate, jsonFault, type JsonFault } from './json-guard.js';
import { problem, ProblemError } from './problem.js';

/** The body as it was sent; empty when there was none. */
export function bodyBytes(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array();
}

/**
 * `json` or `xml`; other types never get here.
 * @throws ProblemError 415 for a charset other than UTF-8: bytes are never converted
 */
export function bodyKind(request: Pick<FastifyRequest, 'headers'>): 'json' | 'xml' {
  const type = (request.headers['content-type'] ?? '').toLowerCase();
  const charset = /charset\s*=\s*"?([^";\s]+)/.exec(type)?.[1] ?? 'utf-8';
  if (charset !== 'utf-8') {
    const detail = 'Documents are taken in UTF-8 only.';
    throw new ProblemError(problem(415, 'UNSUPPORTED_MEDIA_TYPE', 'This charset is not taken', detail));
  }
  return type.startsWith('application/json') ? 'json' : 'xml';
}

/**
 * One JSON value in UTF-8, at most 32 levels deep, without two members of one name, without `__proto__`, and of Unicode text.
 * @throws ProblemError 400
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = utf8(bytes) ?? '';
  const fault = jsonFault(text);
  if (fault !== undefined) throw refusedFor(fault);
  const value = parsed(text);
  if (hasLoneSurrogate(text, value)) throw refusedFor('LONE_SURROGATE');
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const detail = 'The body must be one JSON value in UTF-8.';
    throw new ProblemError(problem(400, 'MALFORMED_JSON', 'The body is not JSON', detail));
  }
}

const refusedFor = (fault: JsonFault): ProblemError =>
  new ProblemError(problem(400, 'JSON_REFUSED', 'This JSON is not taken', FAULTS[fault]));

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const FAULTS: Readonly<Record<JsonFault, string>> = {
  TOO_DEEP: `It is nested more than ${String(DEEPEST_JSON)} levels deep.`,
  DUPLICATE_KEY: 'An object has two members of one name, and readers differ in which of them counts.',
  PROTO_KEY: 'A member is called __proto__.',
  LONE_SURROGATE: 'A text has half of a character (\\ud800 to \\udfff without its other half).',
};

/** Checks a request part against its schema; every finding is named. @throws ProblemError 400 */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.map((issue) => ({
    code: issue.code.toUpperCase(),
    message: messageOf(issue),
    element: issue.path.join('.'),
  }));
  const detail = `${String(findings.length)} finding(s) in the ${what}.`;
  throw new ProblemError(problem(400, 'REQUEST_INVALID', `The ${what} is not as described`, detail, { findings }));
}

/** What is no name of a field is not repeated: somebody may have put a key or a password in its place. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys' || issue.keys.every((key) => FIELD_NAME.test(key))) return issue.message;
  const names = issue.keys.map((key) => (FIELD_NAME.test(key) ? `"${key}"` : '(what is no name of a field)'));
  return `Unrecognized keys: ${names.join(', ')}`;
}

const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;
