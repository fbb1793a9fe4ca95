import { warsawText, type DowntimeRefusal, type DrillRefusal, type EndRefusal } from '@latarnik/domain';
import { noticeProblem } from '../announcements/notice-refusal.js';
import { problem, ProblemError } from '../http/problem.js';

/** What a person is told whose simulation was not begun or ended. */
export function downtimeProblem(refusal: DowntimeRefusal | EndRefusal): ProblemError {
  if (isTaken(refusal)) return takenProblem(refusal);
  switch (refusal.code) {
    case 'BANNER_MISSING':
      return new ProblemError(
        problem(422, refusal.code, 'What are people to be shown?', 'Give the text of the banner; nothing was begun.'),
      );
    case 'NO_DOWNTIME':
      return new ProblemError(
        problem(404, refusal.code, 'Nothing to end', 'No downtime simulation runs, and none is planned.'),
      );
    case 'SIMULATION_ON_PRODUCTION':
    case 'NOTICE_INVALID':
    case 'NOTICE_VERSION_TAKEN':
    case 'NOTICE_VERSION_SKIPPED':
    case 'EVENT_UNKNOWN':
      return noticeProblem(refusal);
  }
}

type Taken = Extract<DowntimeRefusal, { readonly code: 'DOWNTIME_ALREADY' | 'OUTAGE_IN_FORCE' | 'DOWNTIME_OVERLAPS' }>;

const isTaken = (refusal: { readonly code: string }): refusal is Taken =>
  ['DOWNTIME_ALREADY', 'OUTAGE_IN_FORCE', 'DOWNTIME_OVERLAPS'].includes(refusal.code);

/** There is something at the time asked for. */
function takenProblem(refusal: Taken): ProblemError {
  switch (refusal.code) {
    case 'DOWNTIME_ALREADY':
      return already(refusal);
    case 'OUTAGE_IN_FORCE':
      return outageInForce(refusal);
    case 'DOWNTIME_OVERLAPS':
      return overlaps(refusal);
  }
}

function already({ code, eventId }: Extract<Taken, { readonly code: 'DOWNTIME_ALREADY' }>): ProblemError {
  const detail = 'A simulation runs or is planned at that time; DELETE /v1/simulations/downtime ends it.';
  return new ProblemError(problem(409, code, 'One is enough', detail, { eventId }));
}

function overlaps({
  code,
  eventId,
  start,
  end,
}: Extract<DowntimeRefusal, { readonly code: 'DOWNTIME_OVERLAPS' }>): ProblemError {
  const until = end === undefined ? 'and has no end yet' : `to ${warsawText(end)}`;
  const detail =
    `The time asked for overlaps ${eventId}, from ${warsawText(start)} ${until} (Polish time): what was or is announced ` +
    'is not rehearsed over. Choose another time; a start is now when it is left out.';
  const period = { eventId, start: start.toString(), end: end?.toString() ?? null };
  return new ProblemError(problem(409, code, 'There is something at that time', detail, period));
}

/** The same for a drill. Exhaustive: a new refusal breaks the build here. */
export function drillProblem(refusal: DrillRefusal): ProblemError {
  switch (refusal.code) {
    case 'SIMULATION_ON_PRODUCTION':
      return noticeProblem(refusal);
    case 'PERSON_MISSING':
      return new ProblemError(problem(422, refusal.code, 'Who asks for it?', 'Give the name of the person.'));
    case 'INVOICE_COUNT_INVALID': {
      const detail = `From 1 to ${String(refusal.most)} invoices per context.`;
      return new ProblemError(problem(422, refusal.code, 'So many are not possible', detail, { most: refusal.most }));
    }
    case 'DRILL_UNDER_WAY': {
      const detail = `A drill is under way: GET /v1/drills/${refusal.drillId} tells how far it is.`;
      return new ProblemError(problem(409, refusal.code, 'One drill at a time', detail, { drillId: refusal.drillId }));
    }
    case 'IDEMPOTENCY_KEY_REUSED': {
      const drill = `/v1/drills/${refusal.drillId}`;
      const detail = 'This Idempotency-Key was used before with another request.';
      return new ProblemError(problem(422, refusal.code, 'The key was used for something else', detail, { drill }));
    }
    case 'OUTAGE_IN_FORCE':
      return outageInForce(refusal);
  }
}

function outageInForce({
  code,
  eventId,
}: {
  readonly code: 'OUTAGE_IN_FORCE';
  readonly eventId: string;
}): ProblemError {
  const detail = 'An outage is in force, announced or simulated; nothing is rehearsed on top of it.';
  return new ProblemError(problem(409, code, 'There is an outage already', detail, { eventId }));
}
