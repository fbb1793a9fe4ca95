import { describe, expect, it } from '@jest/globals';
import { Temporal, type EmailId } from '@latarnik/domain';
import { handoverProblem } from './handover-refusal.js';

describe('a refusal of what concerns the buyer', () => {
  it('names its facts: why nothing may be handed over, by which articles', () => {
    const refusal = { code: 'NOTHING_TO_HAND_OVER', reason: 'NOT_ISSUED_YET', basis: ['art. 106na(1)'] } as const;
    expect(handoverProblem(refusal).problem).toMatchObject({ status: 409, ...refusal });
  });

  it('names the e-mail that is under way, and moments as text', () => {
    const emailId = '01920000-0000-7000-8000-000000000001' as EmailId;
    const underWay = { code: 'EMAIL_UNDER_WAY', emailId, state: 'unknown' } as const;
    expect(handoverProblem(underWay).problem).toMatchObject({ status: 409, emailId, state: 'unknown' });
    const receivedAt = Temporal.Instant.from('2026-11-20T10:00:00Z');
    const before = handoverProblem({ code: 'HANDED_OVER_BEFORE_INVOICE', receivedAt });
    expect(before.problem).toMatchObject({ status: 422, receivedAt: '2026-11-20T10:00:00Z' });
  });

  it('answers alike for what is missing and what is another tenant’s', () => {
    expect(handoverProblem({ code: 'INVOICE_NOT_FOUND' }).problem).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(handoverProblem({ code: 'EMAIL_NOT_FOUND' }).problem).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});
