import type { DecideHousePoliciesRefusal, HousePolicyRefusal, PolicyRefusal } from '@latarnik/domain';
import { problem, ProblemError } from '../http/problem.js';

/** Why another reading of the law was not taken. Exhaustive: a new refusal breaks the build here. */
export function policyProblem(refusal: PolicyRefusal): ProblemError {
  switch (refusal.code) {
    case 'POLICY_UNKNOWN': {
      const detail = `There is no question "${refusal.policy}"; nothing was decided.`;
      return new ProblemError(problem(422, refusal.code, 'No such question', detail, { known: refusal.known }));
    }
    case 'READING_NOT_ALLOWED': {
      const detail = `"${refusal.policy}" can be read as ${refusal.allowed.join(' or ')}; nothing was decided.`;
      return new ProblemError(problem(422, refusal.code, 'No such reading', detail, { allowed: refusal.allowed }));
    }
    case 'AUTHOR_MISSING':
    case 'REASON_MISSING':
      return new ProblemError(
        problem(422, refusal.code, 'A decision needs a person and a reason', MISSING[refusal.code]),
      );
  }
}

/** The same for the policies of a house. */
export function housePolicyProblem(refusal: DecideHousePoliciesRefusal): ProblemError {
  switch (refusal.code) {
    case 'CONTEXT_NOT_FOUND': {
      const { contexts } = refusal;
      return new ProblemError(problem(404, refusal.code, 'No such context', 'You have no such context.', { contexts }));
    }
    case 'HOUSE_POLICIES_REFUSED': {
      const { refusals } = refusal;
      const findings = refusals.map(findingOf);
      const code = GRAVEST_FIRST.find((each) => refusals.some((one) => one.code === each)) ?? 'HOUSE_POLICY_INVALID';
      const detail = `Nothing was decided. ${findings.map(({ message }) => message).join(' ')}`;
      return new ProblemError(problem(422, code, TITLES[code], detail, { findings }));
    }
  }
}

const GRAVEST_FIRST = [
  'HOUSE_POLICY_LATER_THAN_LAW',
  'HOUSE_POLICY_INVALID',
  'AUTHOR_MISSING',
  'REASON_MISSING',
] as const satisfies readonly HousePolicyRefusal['code'][];

const TITLES = {
  HOUSE_POLICY_LATER_THAN_LAW: 'A policy of the house is only ever stricter than the law',
  HOUSE_POLICY_INVALID: 'A policy is not one',
  AUTHOR_MISSING: 'A decision needs a person and a reason',
  REASON_MISSING: 'A decision needs a person and a reason',
} as const satisfies Readonly<Record<HousePolicyRefusal['code'], string>>;

const MISSING = {
  AUTHOR_MISSING: 'Give the name of the person who decides it.',
  REASON_MISSING: 'Give the reason, for instance the opinion it rests on.',
} as const;

function findingOf(refusal: HousePolicyRefusal) {
  switch (refusal.code) {
    case 'HOUSE_POLICY_LATER_THAN_LAW':
    case 'HOUSE_POLICY_INVALID':
      return { code: refusal.code, message: refusal.reason, policy: refusal.policy };
    case 'AUTHOR_MISSING':
    case 'REASON_MISSING':
      return { code: refusal.code, message: MISSING[refusal.code] };
  }
}
