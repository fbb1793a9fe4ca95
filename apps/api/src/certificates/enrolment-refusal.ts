import type { StartEnrolmentRefusal } from '@latarnik/domain';
import { problem, ProblemError } from '../http/problem.js';

/** What a caller is told when no enrolment was begun: no key was made. */
export function enrolmentProblem(refusal: StartEnrolmentRefusal): ProblemError {
  if ('ksefCode' in refusal) {
    const detail = `KSeF says: ${refusal.description} Nothing was applied for.`;
    const title = 'KSeF lets this login apply for nothing';
    return refused(409, refusal.code, title, detail, { ksefCode: refusal.ksefCode });
  }
  switch (refusal.code) {
    case 'INVALID_CERTIFICATE_NAME': {
      const detail =
        'A name has 5 to 100 letters (Polish ones too), digits, "_", "-" and spaces. Nothing was applied for.';
      return refused(422, refusal.code, 'KSeF takes no such name', detail);
    }
    case 'CONTEXT_NOT_FOUND': {
      const detail = `You have ${refusal.contexts.join(', ') || 'none'}. Nothing was applied for.`;
      return refused(422, refusal.code, 'You have no such context', detail, { contexts: refusal.contexts });
    }
    case 'ENROLMENT_UNDER_WAY': {
      const enrolment = `/v1/certificates/enrolments/${refusal.enrolmentId}`;
      const detail = `One of this type is under way in this context: ${enrolment}. Wait for its end.`;
      return refused(409, refusal.code, 'An enrolment is under way', detail, { enrolment });
    }
    case 'LIMIT_REACHED': {
      const detail = 'KSeF takes no more applications, or certificates, of this subject. Revoke what is not needed.';
      const { enrolments, certificates } = refusal.limits;
      return refused(409, refusal.code, 'The limit of KSeF is reached', detail, { enrolments, certificates });
    }
    case 'IDEMPOTENCY_KEY_REUSED': {
      const enrolment = `/v1/certificates/enrolments/${refusal.enrolmentId}`;
      const detail = 'This Idempotency-Key was used before with another request.';
      return refused(422, refusal.code, 'The key was used for something else', detail, { enrolment });
    }
  }
}

const refused = (...about: Parameters<typeof problem>): ProblemError => new ProblemError(problem(...about));
