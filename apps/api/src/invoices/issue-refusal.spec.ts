import { describe, expect, it } from '@jest/globals';
import type { InvoiceId, IssueRefusal } from '@latarnik/domain';
import { issueProblem } from './issue-refusal.js';

const invoiceId = '01a1f834-164a-77db-9836-0c0ab5cedcd8' as InvoiceId;

const CASES: readonly (readonly [IssueRefusal, number, string])[] = [
  [{ code: 'DOCUMENT_INVALID', findings: [] }, 422, 'document-invalid'],
  [{ code: 'CONTEXT_NOT_FOUND', sellerNip: '5265877635', contexts: [] }, 422, 'context-not-found'],
  [{ code: 'CONTEXT_AMBIGUOUS', sellerNip: '5265877635', contexts: [] }, 422, 'context-ambiguous'],
  [{ code: 'NO_OFFLINE_CERTIFICATE', context: 'Nip:5265877635', present: [] }, 409, 'no-offline-certificate'],
  [{ code: 'INVOICE_NUMBER_TAKEN', invoiceId }, 409, 'invoice-number-taken'],
  [{ code: 'IDEMPOTENCY_KEY_REUSED', invoiceId }, 422, 'idempotency-key-reused'],
  [{ code: 'REQUEST_IN_PROGRESS' }, 409, 'request-in-progress'],
  [{ code: 'NOT_ISSUABLE_ONLINE', reason: 'It is dated yesterday.' }, 422, 'not-issuable-online'],
  [{ code: 'KSEF_NOT_AVAILABLE', reason: 'KSeF does not answer.' }, 503, 'ksef-not-available'],
];

describe('a refusal to issue', () => {
  it.each(CASES)('%j becomes a problem with a stable type', (refusal, status, name) => {
    expect(issueProblem(refusal).problem).toMatchObject({
      status,
      code: refusal.code,
      type: `urn:latarnik:problem:${name}`,
      title: expect.any(String),
      detail: expect.any(String),
    });
  });

  it('says when to try again where trying again helps', () => {
    expect(issueProblem({ code: 'REQUEST_IN_PROGRESS' }).headers).toEqual({ 'retry-after': '2' });
    expect(issueProblem({ code: 'KSEF_NOT_AVAILABLE', reason: '' }).headers).toEqual({ 'retry-after': '30' });
  });
});
