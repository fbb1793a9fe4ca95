import type { SettleReviewRefusal } from '@latarnik/domain';
import { describe, expect, it } from '@jest/globals';
import { settleReviewProblem } from './settle-review-refusal.js';

describe('what a person is told whose decision was not carried out', () => {
  it.each<[SettleReviewRefusal, number, string]>([
    [{ code: 'INVOICE_NOT_FOUND' }, 404, 'urn:latarnik:problem:not-found'],
    [{ code: 'NOT_UNDER_REVIEW', state: 'complete' }, 409, 'urn:latarnik:problem:not-under-review'],
    [{ code: 'ISSUED_OFFLINE' }, 409, 'urn:latarnik:problem:issued-offline'],
    [{ code: 'POSTED_ONLINE' }, 409, 'urn:latarnik:problem:posted-online'],
    [{ code: 'NUMBER_TAKEN_IN_KSEF' }, 409, 'urn:latarnik:problem:number-taken-in-ksef'],
    [{ code: 'NOTHING_NEW', reason: 'KSeF does not have it.' }, 409, 'urn:latarnik:problem:nothing-new'],
    [{ code: 'NO_CONFLICT', reason: 'Nothing else is there.' }, 409, 'urn:latarnik:problem:no-conflict'],
    [{ code: 'KSEF_MAY_HAVE_IT', reason: 'KSeF lists it.' }, 409, 'urn:latarnik:problem:ksef-may-have-it'],
    [{ code: 'KSEF_NOT_AVAILABLE', reason: 'timeout.' }, 503, 'urn:latarnik:problem:ksef-not-available'],
    [{ code: 'NO_CERTIFICATE_TO_ISSUE_OFFLINE' }, 409, 'urn:latarnik:problem:no-certificate-to-issue-offline'],
  ])('%j', (refusal, status, type) => {
    const { problem, headers } = settleReviewProblem(refusal);
    expect(problem).toMatchObject({ status, type });
    expect(headers['retry-after']).toBe(status === 503 ? '30' : undefined);
    if ('reason' in refusal) expect(problem.detail).toContain(refusal.reason);
  });
});
