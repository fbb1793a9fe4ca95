import { describe, expect, it } from '@jest/globals';
import type { DecisionRefusal, InvoiceId, ProposalRefusal, TechnicalCorrectionId } from '@latarnik/domain';
import { decisionProblem, proposalProblem } from './correction-refusal.js';

const PROPOSALS: readonly (readonly [ProposalRefusal, number])[] = [
  [{ code: 'INVOICE_NOT_FOUND' }, 404],
  [{ code: 'CORRECTION_NOT_ALLOWED', state: 'blocked', ksefStatus: 410, why: 'A right is missing.' }, 409],
  [{ code: 'DECISION_MISSING', ksefStatus: 440 }, 409],
  [{ code: 'PERSON_MISSING' }, 422],
  [{ code: 'CORRECTION_UNDER_WAY', correctionId: 'c' as TechnicalCorrectionId }, 409],
  [{ code: 'DOCUMENT_INVALID', findings: [{ code: 'X', message: 'x' }] }, 422],
  [{ code: 'BYTES_UNCHANGED', ordinal: 1 }, 422],
  [
    {
      code: 'CONTENT_CHANGED',
      differences: [{ path: '/Faktura/Fa/P_2', kind: 'content', before: 'FV/1', after: 'FV/2' }],
      comparison: { scope: 'full', differences: [], unlisted: 0 },
    },
    422,
  ],
  [{ code: 'IDEMPOTENCY_KEY_REUSED', invoiceId: 'i' as InvoiceId }, 422],
  [{ code: 'REQUEST_IN_PROGRESS' }, 409],
];

const DECISIONS: readonly (readonly [DecisionRefusal, number])[] = [
  [{ code: 'CORRECTION_NOT_FOUND' }, 404],
  [{ code: 'CORRECTION_NOT_TO_BE_DECIDED', state: 'complete' }, 409],
  [{ code: 'PERSON_MISSING' }, 422],
  [{ code: 'SAME_PERSON', by: 'Ewa Nowak' }, 409],
  [{ code: 'PARTIAL_COMPARISON_NOT_SEEN', unread: 'Not XML.' }, 409],
  [{ code: 'CORRECTION_NOT_ALLOWED', state: 'complete', why: 'KSeF has it.' }, 409],
  [{ code: 'KSEF_MAY_HAVE_IT', reason: 'KSeF lists it with status 150.' }, 409],
  [{ code: 'KSEF_NOT_AVAILABLE', reason: 'timeout.' }, 503],
];

const codeOf = ({ code }: { readonly code: string }): string =>
  code === 'INVOICE_NOT_FOUND' || code === 'CORRECTION_NOT_FOUND' ? 'NOT_FOUND' : code;

describe('a refusal of a technical correction', () => {
  it.each(PROPOSALS)('to propose: %j', (refusal, status) => {
    expect(proposalProblem(refusal).problem).toMatchObject({ status, code: codeOf(refusal) });
  });

  it.each(DECISIONS)('to decide: %j', (refusal, status) => {
    expect(decisionProblem(refusal).problem).toMatchObject({ status, code: codeOf(refusal) });
  });

  it('names every difference in content', () => {
    const changed = PROPOSALS.find(([{ code }]) => code === 'CONTENT_CHANGED')?.[0];
    if (changed === undefined) throw new Error('none');
    expect(proposalProblem(changed).problem['differences']).toEqual([
      { path: '/Faktura/Fa/P_2', kind: 'content', before: 'FV/1', after: 'FV/2', why: null },
    ]);
  });
});
