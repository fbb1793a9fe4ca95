import type {
  ContextUnknown,
  EmailRequestRefusal,
  EmailSettlementRefusal,
  HandoverRefusal,
  NoCopy,
} from '@latarnik/domain';
import { notFound, problem, ProblemError } from '../http/problem.js';

type Refusal = HandoverRefusal | EmailRequestRefusal | EmailSettlementRefusal | ContextUnknown | NoCopy;

/** Under its own code; what is missing is answered as any other missing thing. */
type Told = Exclude<
  Refusal['code'],
  'INVOICE_NOT_FOUND' | 'EMAIL_NOT_FOUND' | 'CONTEXT_UNKNOWN' | 'HANDOVER_KEY_REUSED' | 'EMAIL_KEY_REUSED'
>;

/** What a refusal becomes; codes and facts reach the caller unchanged. */
export function handoverProblem({ code, ...facts }: Refusal): ProblemError {
  const answer = ANSWERS[code];
  if ('missing' in answer) return notFound(answer.missing);
  const told = answer === USED ? 'IDEMPOTENCY_KEY_REUSED' : (code as Told);
  return new ProblemError(problem(answer.status, told, answer.title, answer.detail, asText(facts)));
}

/** Moments as text. */
const asText = (facts: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? String(value as { toString(): string })
        : value,
    ]),
  );

type Answer =
  { readonly missing: string } | { readonly status: 409 | 422; readonly title: string; readonly detail: string };

const conflict = (title: string, detail: string): Answer => ({ status: 409, title, detail });
const USED: Answer = {
  ...{ status: 422, title: 'The key was used for something else' },
  detail: 'This Idempotency-Key was used before with another request.',
};
const WRONG_MOMENT = 'This moment cannot be';

const ANSWERS: Readonly<Record<Refusal['code'], Answer>> = {
  INVOICE_NOT_FOUND: { missing: 'invoice' },
  EMAIL_NOT_FOUND: { missing: 'e-mail' },
  CONTEXT_UNKNOWN: { missing: 'context' },
  HANDED_OVER_IN_FUTURE: { status: 422, title: WRONG_MOMENT, detail: 'It has not happened yet.' },
  HANDED_OVER_BEFORE_INVOICE: {
    ...{ status: 422, title: WRONG_MOMENT },
    detail: 'The invoice did not exist at that moment.',
  },
  HANDOVER_KEY_REUSED: USED,
  EMAIL_KEY_REUSED: USED,
  INVOICE_NOT_ISSUED: conflict(
    'It is not issued',
    'Nothing of an invoice that is not issued can have been handed over.',
  ),
  NO_EMAIL_SETTINGS: conflict(
    'E-mail is not set up',
    'The context of this invoice has no e-mail settings: PUT /v1/email-settings.',
  ),
  NO_RECIPIENT: conflict(
    'Nobody to write to',
    'The file names no address of the buyer (Podmiot2/DaneKontaktowe/Email), and the request none.',
  ),
  NOTHING_TO_HAND_OVER: conflict('Nothing may be handed over', 'GET documents says why, and what comes later.'),
  EMAIL_UNDER_WAY: conflict('An e-mail is under way', 'One to this address has not ended, or waits for a decision.'),
  EMAIL_NOT_TO_SETTLE: conflict(
    'There is nothing to decide',
    'In its present state only the named decisions are possible.',
  ),
};
