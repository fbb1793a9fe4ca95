import { describe, expect, it } from '@jest/globals';
import type { DecideHousePoliciesRefusal, HousePolicyRefusal } from '@latarnik/domain';
import { housePolicyProblem, policyProblem } from './policy-refusal.js';

const later: HousePolicyRefusal = {
  code: 'HOUSE_POLICY_LATER_THAN_LAW',
  policy: { kind: 'days-from-issue', days: 30 },
  reason: 'It could be later than the law.',
};
const refused = (...refusals: readonly HousePolicyRefusal[]): DecideHousePoliciesRefusal => ({
  code: 'HOUSE_POLICIES_REFUSED',
  refusals,
});

describe('a decision that was refused', () => {
  it('names what can be asked and answered', () => {
    expect(policyProblem({ code: 'POLICY_UNKNOWN', policy: 'x', known: ['saturday'] }).problem).toMatchObject({
      status: 422,
      known: ['saturday'],
    });
    const allowed = ['free-day', 'business-day'];
    expect(policyProblem({ code: 'READING_NOT_ALLOWED', policy: 'saturday', allowed }).problem).toMatchObject({
      status: 422,
      allowed,
      detail: expect.stringContaining('free-day or business-day'),
    });
    expect(policyProblem({ code: 'REASON_MISSING' }).problem).toMatchObject({ status: 422, code: 'REASON_MISSING' });
  });

  it('says of every policy of the house why it would be later than the law', () => {
    const { problem } = housePolicyProblem(refused({ code: 'REASON_MISSING' }, later));

    expect(problem).toMatchObject({
      status: 422,
      code: 'HOUSE_POLICY_LATER_THAN_LAW',
      findings: [
        { code: 'REASON_MISSING' },
        { message: 'It could be later than the law.', policy: { kind: 'days-from-issue', days: 30 } },
      ],
    });
  });

  it.each([
    [refused({ ...later, code: 'HOUSE_POLICY_INVALID' }), 422, 'HOUSE_POLICY_INVALID'],
    [refused({ code: 'REASON_MISSING' }, { code: 'AUTHOR_MISSING' }), 422, 'AUTHOR_MISSING'],
    [{ code: 'CONTEXT_NOT_FOUND', contexts: ['Nip:5265877635'] }, 404, 'CONTEXT_NOT_FOUND'],
  ] as const)('%j has a status and a code', (refusal, status, code) => {
    expect(housePolicyProblem(refusal).problem).toMatchObject({ status, code });
  });
});
