import type { ConfirmationRefusal, NoticeRefusal } from '@latarnik/domain';
import { problem, ProblemError } from '../http/problem.js';

/** What a person is told whose notice was not taken. Exhaustive: a new refusal breaks the build here. */
export function noticeProblem(refusal: NoticeRefusal): ProblemError {
  switch (refusal.code) {
    case 'NOTICE_INVALID': {
      const findings = refusal.findings.map(({ field, message }) => ({
        field: field.replace('enteredBy.', ''),
        message,
      }));
      const detail = `The notice has ${String(findings.length)} finding(s); nothing was entered.`;
      return new ProblemError(problem(422, refusal.code, 'The notice makes no sense yet', detail, { findings }));
    }
    case 'SIMULATION_ON_PRODUCTION': {
      const detail = 'An outage is never made up where real invoices are at stake; nothing was entered.';
      return new ProblemError(problem(409, refusal.code, 'No rehearsals on production', detail));
    }
    case 'NOTICE_VERSION_TAKEN': {
      const detail = `That version is stored with another content; a correction is version ${String(refusal.next)}.`;
      return new ProblemError(problem(409, refusal.code, 'The version is taken', detail, { next: refusal.next }));
    }
    case 'NOTICE_VERSION_SKIPPED': {
      const detail = `The next version of this notice is ${String(refusal.next)}; nothing was entered.`;
      return new ProblemError(problem(409, refusal.code, 'A version is missing', detail, { next: refusal.next }));
    }
    case 'EVENT_UNKNOWN': {
      const detail = 'No message of this category is about that event, so nothing can be ended or taken back.';
      return new ProblemError(problem(422, refusal.code, 'No such event', detail, { eventId: refusal.eventId }));
    }
  }
}

/** The same for a confirmation. */
export function confirmationProblem(refusal: ConfirmationRefusal): ProblemError {
  switch (refusal.code) {
    case 'EVENT_UNKNOWN': {
      const detail = 'No outage of that event is announced; GET /v1/announcements lists them.';
      return new ProblemError(problem(404, refusal.code, 'No such event', detail, { eventId: refusal.eventId }));
    }
    case 'NOTHING_TO_CONFIRM': {
      const detail = `It is announced as "${refusal.category}"; only a total failure needs anybody's word.`;
      return new ProblemError(problem(409, refusal.code, 'Nothing to confirm', detail, { category: refusal.category }));
    }
    case 'PERSON_MISSING':
      return new ProblemError(problem(422, refusal.code, 'Who confirms it?', 'Give the name of the person.'));
    case 'SAME_PERSON': {
      const detail = `${refusal.by} vouches for it already; a second person has another name and another API key.`;
      return new ProblemError(problem(409, refusal.code, 'The same person', detail, { by: refusal.by }));
    }
  }
}
