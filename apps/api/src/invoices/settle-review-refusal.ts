import type { SettleReviewRefusal } from '@latarnik/domain';
import { notFound, problem, ProblemError } from '../http/problem.js';

/** What a person is told whose decision was not carried out. Exhaustive: a new refusal breaks the build here. */
export function settleReviewProblem(refusal: SettleReviewRefusal): ProblemError {
  switch (refusal.code) {
    case 'INVOICE_NOT_FOUND':
      return notFound('invoice');
    case 'NOT_UNDER_REVIEW': {
      const detail = `It is in state ${refusal.state}: there is nothing to decide.`;
      return new ProblemError(problem(409, refusal.code, 'Not under review', detail, { state: refusal.state }));
    }
    case 'ISSUED_OFFLINE': {
      const detail = 'It was issued offline and has to be sent. Name it in POST /v1/batches to send it again.';
      return new ProblemError(problem(409, refusal.code, 'It was issued offline', detail));
    }
    case 'KSEF_MAY_HAVE_IT': {
      const detail = `${refusal.reason} Nothing was changed; decide "read-again" to ask KSeF once more.`;
      return new ProblemError(problem(409, refusal.code, 'KSeF may have it', detail));
    }
    case 'KSEF_NOT_AVAILABLE': {
      const detail = `${refusal.reason} Whether KSeF has it could not be read; nothing was changed.`;
      return new ProblemError(problem(503, refusal.code, 'KSeF could not be asked', detail), { 'retry-after': '30' });
    }
    case 'NO_CERTIFICATE_TO_ISSUE_OFFLINE': {
      const detail = 'Issuing offline needs a certificate of type Offline: import one with POST /v1/certificates.';
      return new ProblemError(problem(409, refusal.code, 'No certificate of type Offline', detail));
    }
  }
}
