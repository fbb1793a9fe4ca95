import type { DecisionRefusal, ProposalRefusal } from '@latarnik/domain';
import { notFound, problem, ProblemError } from '../http/problem.js';
import { differenceView } from './correction.view.js';

/** What a person is told whose correction was not taken. Exhaustive: a new refusal breaks the build here. */
export function proposalProblem(refusal: ProposalRefusal): ProblemError {
  return isAboutFile(refusal) ? fileProblem(refusal) : requestProblem(refusal);
}

type FileRefusal = Extract<ProposalRefusal, { code: 'DOCUMENT_INVALID' | 'BYTES_UNCHANGED' | 'CONTENT_CHANGED' }>;

function isAboutFile(refusal: ProposalRefusal): refusal is FileRefusal {
  return ['DOCUMENT_INVALID', 'BYTES_UNCHANGED', 'CONTENT_CHANGED'].includes(refusal.code);
}

function requestProblem(refusal: Exclude<ProposalRefusal, FileRefusal>): ProblemError {
  switch (refusal.code) {
    case 'INVOICE_NOT_FOUND':
      return notFound('invoice');
    case 'CORRECTION_NOT_ALLOWED':
      return notAllowed(refusal);
    case 'DECISION_MISSING':
    case 'PERSON_MISSING':
      return personProblem(refusal);
    case 'CORRECTION_UNDER_WAY': {
      const detail = 'An invoice has one technical correction at a time; decide about that one first.';
      const { correctionId } = refusal;
      return new ProblemError(problem(409, refusal.code, 'Another correction is under way', detail, { correctionId }));
    }
    case 'IDEMPOTENCY_KEY_REUSED':
    case 'REQUEST_IN_PROGRESS':
      return keyProblem(refusal);
  }
}

function personProblem(
  refusal: Extract<ProposalRefusal, { code: 'DECISION_MISSING' | 'PERSON_MISSING' }>,
): ProblemError {
  if (refusal.code === 'PERSON_MISSING') {
    return new ProblemError(problem(422, refusal.code, 'Who proposes it?', 'Give the name of the person.'));
  }
  const { code, ksefStatus } = refusal;
  const detail =
    'KSeF holds another document under this number. Compare the two, and say with ?decision=… why this one is to take its place.';
  return new ProblemError(problem(409, code, 'A person has to decide', detail, { ksefStatus }));
}

function keyProblem(
  refusal: Extract<ProposalRefusal, { code: 'IDEMPOTENCY_KEY_REUSED' | 'REQUEST_IN_PROGRESS' }>,
): ProblemError {
  if (refusal.code === 'REQUEST_IN_PROGRESS') {
    const detail = 'The first request with this Idempotency-Key is still running.';
    return new ProblemError(problem(409, refusal.code, 'Still running', detail), { 'retry-after': '2' });
  }
  const { code, invoiceId } = refusal;
  const detail = 'This Idempotency-Key was used before with another request.';
  return new ProblemError(problem(422, code, 'The key was used for something else', detail, { invoiceId }));
}

/** The same for an approval, a rejection or a resumption. */
export function decisionProblem(refusal: DecisionRefusal): ProblemError {
  switch (refusal.code) {
    case 'CORRECTION_NOT_FOUND':
      return notFound('technical correction');
    case 'CORRECTION_NOT_TO_BE_DECIDED': {
      const detail = `It is in state ${refusal.state}.`;
      return new ProblemError(problem(409, refusal.code, 'Nothing to decide', detail, { state: refusal.state }));
    }
    case 'PERSON_MISSING':
      return new ProblemError(problem(422, refusal.code, 'Who decides?', 'Give the name of the person.'));
    case 'SAME_PERSON': {
      const detail = `${refusal.by} proposed it; a second person has another name and another API key.`;
      return new ProblemError(problem(409, refusal.code, 'The same person', detail, { by: refusal.by }));
    }
    case 'PARTIAL_COMPARISON_NOT_SEEN': {
      const detail = `${refusal.unread} Compare the rest yourself, then approve with "partialComparisonSeen": true.`;
      return new ProblemError(problem(409, refusal.code, 'The comparison is partial', detail));
    }
    case 'CORRECTION_NOT_ALLOWED':
      return notAllowed(refusal);
    case 'KSEF_MAY_HAVE_IT':
    case 'KSEF_NOT_AVAILABLE':
      return readingProblem(refusal);
  }
}

function readingProblem({
  code,
  reason,
}: Extract<DecisionRefusal, { code: 'KSEF_MAY_HAVE_IT' | 'KSEF_NOT_AVAILABLE' }>): ProblemError {
  if (code === 'KSEF_NOT_AVAILABLE') {
    const detail = `${reason} Whether KSeF has it could not be read; nothing was changed.`;
    return new ProblemError(problem(503, code, 'KSeF could not be asked', detail), { 'retry-after': '30' });
  }
  return new ProblemError(problem(409, code, 'KSeF may have it', `${reason} Nothing was changed.`));
}

function notAllowed({ code, state, ksefStatus, why }: Extract<ProposalRefusal, { code: 'CORRECTION_NOT_ALLOWED' }>) {
  const facts = { state, ksefStatus: ksefStatus ?? null };
  return new ProblemError(problem(409, code, 'A technical correction is not allowed here', why, facts));
}

function fileProblem(refusal: FileRefusal): ProblemError {
  switch (refusal.code) {
    case 'DOCUMENT_INVALID': {
      const { findings } = refusal;
      const detail = `The new file has ${String(findings.length)} finding(s); nothing was stored.`;
      return new ProblemError(problem(422, refusal.code, 'The document is not valid', detail, { findings }));
    }
    case 'BYTES_UNCHANGED': {
      const detail = `These bytes are file ${String(refusal.ordinal)} of this invoice, which KSeF would refuse again.`;
      return new ProblemError(problem(422, refusal.code, 'Nothing was corrected', detail, { file: refusal.ordinal }));
    }
    case 'CONTENT_CHANGED': {
      const { differences, comparison } = refusal;
      const detail =
        `${String(differences.length)} difference(s) in content: a technical correction keeps the business of the invoice; ` +
        'a change of it takes a corrective invoice (faktura korygująca). Nothing was stored.';
      const named = {
        differences: differences.map(differenceView),
        scope: comparison.scope,
        unlisted: comparison.unlisted,
      };
      return new ProblemError(problem(422, refusal.code, 'The content would change', detail, named));
    }
  }
}
