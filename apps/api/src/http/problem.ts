import { problemType, type ProblemCode } from '../problems/catalogue.js';

/** RFC 9457 problem document. `type` and `code` are stable; `title` and `detail` are for people. */
export interface Problem {
  readonly type: string;
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly [extension: string]: unknown;
}

/** Thrown by controllers; the exception filter writes it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(
    readonly problem: Problem,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(problem.title);
  }
}

/** Makes a problem; its type is a URN built from the code, which is in the catalogue with what it means. */
export function problem(
  status: number,
  code: ProblemCode,
  title: string,
  detail: string,
  extensions: Readonly<Record<string, unknown>> = {},
): Problem {
  return { type: problemType(code), code, title, status, detail, ...extensions };
}

/** Missing and foreign things answer alike. */
export function notFound(what: string): ProblemError {
  return new ProblemError(problem(404, 'NOT_FOUND', 'Not found', `There is no such ${what}.`));
}
