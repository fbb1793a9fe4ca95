import type { DisputeRefusal, SecondDeliveryRefusal } from '@latarnik/domain';
import { notFound, problem, ProblemError } from '../http/problem.js';

type TimeOrState = Extract<SecondDeliveryRefusal, { readonly code: 'SESSION_NOT_OPEN' | 'DEADLINE_NOT_NEAR' }>;

/** Why nothing is sent a second time. Exhaustive: a new refusal breaks the build here. */
export function secondDeliveryProblem(refusal: SecondDeliveryRefusal): ProblemError {
  switch (refusal.code) {
    case 'BATCH_NOT_FOUND':
      return notFound('batch');
    case 'PERSON_MISSING':
      return new ProblemError(problem(422, refusal.code, 'Who says so?', 'Give the name of the person.'));
    case 'REASON_MISSING':
      return new ProblemError(problem(422, refusal.code, 'Why?', 'Give the reason: it is kept.'));
    case 'SESSION_NOT_OPEN':
    case 'DEADLINE_NOT_NEAR':
      return tooSoonOrTooLate(refusal);
    case 'NOTHING_OPEN': {
      const detail = 'KSeF has answered for every invoice of the batch, or they are on their way a second time.';
      return new ProblemError(problem(409, refusal.code, 'Nothing is open', detail));
    }
    case 'ALREADY_APPROVED':
      return new ProblemError(
        problem(409, refusal.code, 'Allowed already', 'The same bytes go a second time only once.'),
      );
    case 'NOT_PROPOSED': {
      const detail = 'Nobody asked for it, or the question was taken back: POST /v1/batches/{id}/second-delivery.';
      return new ProblemError(problem(409, refusal.code, 'Nothing to decide', detail));
    }
    case 'SAME_PERSON': {
      const detail = `${refusal.by} asked for it; a second person has another name and another API key.`;
      return new ProblemError(problem(409, refusal.code, 'The same person', detail, { by: refusal.by }));
    }
  }
}

function tooSoonOrTooLate(refusal: TimeOrState): ProblemError {
  if (refusal.code === 'SESSION_NOT_OPEN') {
    const detail = `The batch is ${refusal.state}: only invoices that KSeF may have without saying so are sent twice.`;
    return new ProblemError(problem(409, refusal.code, 'Nothing is open', detail, { state: refusal.state }));
  }
  const earliestEnd = refusal.earliestEnd?.toString() ?? null;
  const detail = 'No deadline of its invoices ends within two hours: waiting for KSeF harms nobody.';
  return new ProblemError(problem(409, refusal.code, 'There is time to wait', detail, { earliestEnd }));
}

/** Why a dispute is not settled. */
export function disputeProblem(refusal: DisputeRefusal): ProblemError {
  switch (refusal.code) {
    case 'BATCH_NOT_FOUND':
      return notFound('batch');
    case 'PERSON_MISSING':
      return new ProblemError(problem(422, refusal.code, 'Who says so?', 'Give the name of the person.'));
    case 'REASON_MISSING':
      return new ProblemError(problem(422, refusal.code, 'What came of it?', 'Say what was found out: it is kept.'));
    case 'NOT_DISPUTED':
      return new ProblemError(
        problem(409, refusal.code, 'No dispute', `The batch is ${refusal.state}, and KSeF knows its session.`, {
          state: refusal.state,
        }),
      );
    case 'BATCH_HELD':
      return new ProblemError(problem(409, refusal.code, 'A worker holds it', 'Ask again in a few seconds.'));
  }
}
