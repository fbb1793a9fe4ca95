import { z } from 'zod';

import { printable } from '../ksef-adapter-event.js';
import { parseJson } from './json-body.js';
import type { HttpAnswer } from './transport.js';

/** A definite no of KSeF, read from either of its error shapes. */
export interface Refusal {
  readonly httpStatus: number;
  /** Numbers such as 21173; empty where the shape has none. */
  readonly codes: readonly number[];
  /** KSeF's words. */
  readonly description: string;
}

const text = z.string().nullish();

/** `application/problem+json` (asked for with X-Error-Format), and the shape of 401, 403, 410 and 429. */
const problem = z.object({
  title: z.string(),
  status: z.number(),
  detail: text,
  reasonCode: text,
  errors: z
    .array(z.object({ code: z.number(), description: z.string(), details: z.array(z.string()).nullish() }))
    .nullish(),
});

/** The older shape, still sent by parts of KSeF. */
const exception = z.object({
  exception: z.object({
    exceptionDetailList: z
      .array(
        z.object({
          exceptionCode: z.number(),
          exceptionDescription: text,
          details: z.array(z.string()).nullish(),
        }),
      )
      .nullish(),
  }),
});

/** `undefined` when the body is in neither shape: then it was perhaps not KSeF that answered. */
export function readRefusal(answer: HttpAnswer): Refusal | undefined {
  const json = parseJson(answer);
  if (!json.ok) return undefined;
  const asProblem = problem.safeParse(json.value);
  if (asProblem.success) return fromProblem(answer.status, asProblem.data);
  const asException = exception.safeParse(json.value);
  return asException.success ? fromException(answer.status, asException.data) : undefined;
}

export const hasCode = (refusal: Refusal, code: number): boolean => refusal.codes.includes(code);

function fromProblem(httpStatus: number, { title, detail, reasonCode, errors }: z.infer<typeof problem>): Refusal {
  const found = errors ?? [];
  const lines = found.map(({ code, description, details }) => sentence(code, description, details));
  const own = [reasonCode, detail].filter((word) => typeof word === 'string').join(': ');
  return {
    httpStatus,
    codes: found.map(({ code }) => code),
    description: printable(lines.length > 0 ? lines.join('; ') : own === '' ? title : own),
  };
}

function fromException(httpStatus: number, { exception: { exceptionDetailList } }: z.infer<typeof exception>): Refusal {
  const found = exceptionDetailList ?? [];
  return {
    httpStatus,
    codes: found.map(({ exceptionCode }) => exceptionCode),
    description: printable(
      found
        .map(({ exceptionCode, exceptionDescription, details }) =>
          sentence(exceptionCode, exceptionDescription ?? '', details),
        )
        .join('; '),
    ),
  };
}

const sentence = (code: number, description: string, details: readonly string[] | null | undefined): string =>
  [`${String(code)} ${description}`, ...(details ?? [])].join(' ');
