import type { SettleReviewRefusal, TakeOutRefusal } from '@latarnik/domain';
import { notFound, problem, ProblemError } from '../http/problem.js';

/** What a person is told whose decision was not carried out. Exhaustive: a new refusal breaks the build here. */
export function settleReviewProblem(refusal: SettleReviewRefusal): ProblemError {
  if (isAfterReading(refusal)) return readingProblem(refusal);
  switch (refusal.code) {
    case 'INVOICE_NOT_FOUND':
      return notFound('invoice');
    case 'NOT_UNDER_REVIEW': {
      const detail = `It is in state ${refusal.state}: there is nothing to decide.`;
      return new ProblemError(problem(409, refusal.code, 'Not under review', detail, { state: refusal.state }));
    }
    case 'ISSUED_OFFLINE':
    case 'POSTED_ONLINE':
      return otherDecisionProblem(refusal.code);
    case 'NO_CERTIFICATE_TO_ISSUE_OFFLINE': {
      const detail = 'Issuing offline needs a certificate of type Offline: import one with POST /v1/certificates.';
      return new ProblemError(problem(409, refusal.code, 'No certificate of type Offline', detail));
    }
  }
}

const AFTER_READING = [
  ...(['KSEF_MAY_HAVE_IT', 'KSEF_NOT_AVAILABLE', 'NUMBER_TAKEN_IN_KSEF', 'NOTHING_NEW', 'NO_CONFLICT'] as const),
] satisfies readonly SettleReviewRefusal['code'][];
type AfterReading = Extract<SettleReviewRefusal, { code: (typeof AFTER_READING)[number] }>;

const isAfterReading = (refusal: SettleReviewRefusal): refusal is AfterReading =>
  AFTER_READING.some((code) => code === refusal.code);

/** KSeF was read, or could not be, and nothing was changed. */
function readingProblem(refusal: AfterReading): ProblemError {
  switch (refusal.code) {
    case 'KSEF_MAY_HAVE_IT': {
      const detail = `${refusal.reason} Nothing was changed; decide "read-again" to ask KSeF once more.`;
      return new ProblemError(problem(409, refusal.code, 'KSeF may have it', detail));
    }
    case 'KSEF_NOT_AVAILABLE': {
      const detail = `${refusal.reason} Whether KSeF has it could not be read; nothing was changed.`;
      return new ProblemError(problem(503, refusal.code, 'KSeF could not be asked', detail), { 'retry-after': '30' });
    }
    case 'NUMBER_TAKEN_IN_KSEF': {
      const { code, ksefNumber } = refusal;
      const held = ksefNumber === undefined ? 'another document' : `another document (${ksefNumber})`;
      const detail = `KSeF holds ${held} of this seller, kind and number, and would refuse this one. Nothing was changed.`;
      return new ProblemError(problem(409, code, 'The number is taken in KSeF', detail, { ksefNumber }));
    }
    case 'NOTHING_NEW': {
      const detail = `KSeF was read. ${refusal.reason} Nothing was changed.`;
      return new ProblemError(problem(409, refusal.code, 'KSeF says nothing new', detail));
    }
    case 'NO_CONFLICT': {
      const detail = `${refusal.reason} Nothing was changed; decide "send-again" if it is to be sent.`;
      return new ProblemError(problem(409, refusal.code, 'There is nothing to close it for', detail));
    }
  }
}

function otherDecisionProblem(code: 'ISSUED_OFFLINE' | 'POSTED_ONLINE'): ProblemError {
  if (code === 'POSTED_ONLINE') {
    const detail = 'It was posted online: decide "read-again", "issue-offline" or "give-up".';
    return new ProblemError(problem(409, code, 'It was posted online', detail));
  }
  const detail = 'It was issued offline and exists: decide "read-again", "send-again" or "close".';
  return new ProblemError(problem(409, code, 'It was issued offline', detail));
}

/** The same for one that somebody wanted out of the queue. */
export function takeOutProblem(refusal: TakeOutRefusal): ProblemError {
  if (refusal.code === 'MUST_BE_SENT') return mustBeSent(refusal.state);
  if (refusal.code !== 'NOT_IN_ERROR') return settleReviewProblem(refusal);
  const { code, state } = refusal;
  const detail = `It is in state ${state}: only what is in error is taken out of the queue.`;
  return new ProblemError(problem(409, code, 'It is not in error', detail, { state }));
}

function mustBeSent(state: 'rejected' | 'blocked'): ProblemError {
  const way =
    state === 'rejected'
      ? 'propose a technical correction. If KSeF holds another document under its number, that becomes a conflict to close.'
      : 'mend what KSeF named, then send it with POST /v1/batches.';
  const detail = `It was issued offline, is in state ${state}, and has to reach KSeF: ${way}`;
  return new ProblemError(problem(409, 'MUST_BE_SENT', 'It was issued and has to be sent', detail, { state }));
}
