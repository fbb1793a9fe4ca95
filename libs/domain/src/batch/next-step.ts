import { warsawText } from '../calendar/warsaw-time.js';
import type { Instant } from '../shared/instant.js';
import type { BatchStanding } from './batch-runs.port.js';
import { missingParts, type Batch, type BatchState, type ClosingBatch, type ProcessingBatch } from './batch.js';
import { SESSION_LOST_SECONDS, SESSION_STRANGE_SECONDS } from './batch-limits.js';

/** What happens next with a batch: stable codes for programs. */
export type NextStepCode =
  | 'PACK'
  | 'OPEN_SESSION'
  | 'RESOLVE_OPENING'
  | 'UPLOAD_PARTS'
  | 'CLOSE_SESSION'
  | 'ASK_KSEF'
  | 'LOOK_FOR_INVOICES'
  | 'RECONCILE'
  | 'PERSON_SETTLES'
  | 'PERSON_RESUMES'
  | 'NOTHING';

export interface NextStep {
  readonly code: NextStepCode;
  /** Not before this moment; absent when nothing is awaited, or only a person. Now, while a worker has it in hand. */
  readonly at?: Instant;
  /** For an accountant. */
  readonly detail: string;
}

/** What a worker, or a person, does next with a batch, and when. */
export function nextStepOf(batch: Batch, standing: BatchStanding, now: Instant): NextStep {
  const { code, detail } = stepOf(batch);
  if (code === 'NOTHING' || code === 'PERSON_SETTLES') return { code, detail };
  if (standing.heldAt !== undefined) return { code: 'PERSON_RESUMES', detail: whyHeld(standing) };
  if (standing.leasedUntil !== undefined) return { code, at: now, detail: `${detail} A worker is at it now.` };
  const at = standing.nextActionAt;
  if (at === undefined || at.epochMilliseconds <= now.epochMilliseconds) {
    return { code, at: now, detail: `${detail} The next free worker does it.` };
  }
  return { code, at, detail: `${detail} Not before ${warsawText(at)}.` };
}

function whyHeld({ unfinishedRuns, failedRuns }: BatchStanding): string {
  const died = `${String(unfinishedRuns)} worker(s) stopped in the middle of it`;
  const why = unfinishedRuns > 0 ? died : `it failed ${String(failedRuns)} times in a row`;
  return `Nobody works on it: ${why}. A person looks at the log of the workers, then lets them try again (POST …/resume).`;
}

interface Step {
  readonly code: NextStepCode;
  readonly detail: string;
}

const STEPS: { readonly [S in BatchState]: (batch: Extract<Batch, { state: S }>) => Step } = {
  planned: () => ({ code: 'PACK', detail: 'Its invoices are packed, checked and encrypted.' }),
  packed: () => ({ code: 'OPEN_SESSION', detail: 'A session is opened at KSeF.' }),
  opening: () => ({ code: 'RESOLVE_OPENING', detail: 'It is found out whether KSeF opened the session.' }),
  open: (batch) => uploadStep(missingParts(batch).length),
  closing: (batch) =>
    unknownStep(batch) ?? {
      code: 'CLOSE_SESSION',
      detail: 'The session is closed, or it is found out whether it was.',
    },
  processing: (batch) => unknownStep(batch) ?? { code: 'ASK_KSEF', detail: 'KSeF is asked how far it is.' },
  reconciling: () => ({
    code: 'RECONCILE',
    detail: "KSeF's answers are matched with its invoices, and the proofs fetched.",
  }),
  disputed: ({ dispute }) => ({ code: 'PERSON_SETTLES', detail: `A person settles it: ${dispute}` }),
  done: () => ({ code: 'NOTHING', detail: 'Every invoice of it has its answer.' }),
  dead: ({ reason }) => ({
    code: 'NOTHING',
    detail: `It came to nothing: ${reason}. Its invoices went on without it.`,
  }),
};

/** KSeF does not know the session. */
function unknownStep({ unknown, session }: ClosingBatch | ProcessingBatch): Step | undefined {
  if (unknown === undefined) return undefined;
  const told = `KSeF does not know session ${session} since ${warsawText(unknown.since)}.`;
  if (unknown.settlement !== undefined) {
    const settledFrom = warsawText(unknown.since.add({ seconds: SESSION_STRANGE_SECONDS }));
    return {
      code: 'LOOK_FOR_INVOICES',
      detail: `${told} From ${settledFrom} on its invoices are looked for one by one.`,
    };
  }
  const from = warsawText(unknown.since.add({ seconds: SESSION_LOST_SECONDS }));
  const detail = `${told} It is asked again, and from ${from} on its invoices are looked for one by one; earlier, when a person settles it.`;
  return { code: 'LOOK_FOR_INVOICES', detail };
}

/** The table has a row for each state; TypeScript does not see that a row fits the batch it is looked up by. */
const stepOf = (batch: Batch): Step => (STEPS[batch.state] as (each: Batch) => Step)(batch);

function uploadStep(missing: number): Step {
  return missing === 0
    ? { code: 'CLOSE_SESSION', detail: 'All parts are with KSeF: the session is closed.' }
    : { code: 'UPLOAD_PARTS', detail: `${String(missing)} part(s) are uploaded.` };
}
