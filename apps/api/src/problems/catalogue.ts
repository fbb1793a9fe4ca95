import { CERTIFICATE_PROBLEMS } from './certificate-problems.js';
import { INVOICE_PROBLEMS } from './invoice-problems.js';
import { OPERATION_PROBLEMS } from './operation-problems.js';
import { REQUEST_PROBLEMS } from './request-problems.js';
import type { ProblemEntry } from './entry.js';

/**
 * Every problem that the API answers with, by its code: what it is called, what it means, what to do. A code that is not
 * here does not compile; a code once published keeps its meaning (RFC 9457 section 4).
 */
export const PROBLEMS = {
  ...REQUEST_PROBLEMS,
  ...INVOICE_PROBLEMS,
  ...CERTIFICATE_PROBLEMS,
  ...OPERATION_PROBLEMS,
} as const satisfies Readonly<Record<string, ProblemEntry>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The stable `type` of a problem: a URN made of its code, e.g. `urn:latarnik:problem:document-invalid`. */
export const problemType = (code: ProblemCode): string =>
  `urn:latarnik:problem:${code.toLowerCase().replaceAll('_', '-')}`;
