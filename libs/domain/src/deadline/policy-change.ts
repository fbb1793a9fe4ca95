import { Temporal, type Instant } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import {
  isPolicyName,
  POLICY_NAMES,
  rulesWith,
  readingsOf,
  type DeadlineRules,
  type PolicyName,
} from './deadline-rules.js';

/** A tenant's decision to read the law in another way: who, when and why. Never edited; a later one replaces it. */
export interface PolicyChange {
  readonly policy: PolicyName;
  readonly reading: string;
  readonly author: string;
  readonly decidedAt: Instant;
  /** For instance the tax adviser's opinion it rests on. */
  readonly reason: string;
}

/** Why a decision is not taken. */
export type PolicyRefusal =
  | { readonly code: 'POLICY_UNKNOWN'; readonly policy: string; readonly known: readonly PolicyName[] }
  | { readonly code: 'READING_NOT_ALLOWED'; readonly policy: PolicyName; readonly allowed: readonly string[] }
  | { readonly code: 'AUTHOR_MISSING' }
  | { readonly code: 'REASON_MISSING' };

/** What is asked for, in words that nobody has checked yet. */
export interface PolicyRequest {
  readonly policy: string;
  readonly reading: string;
  readonly author: string;
  readonly reason: string;
}

/** Checks a decision; without an author and a reason there is none. */
export function changePolicy(request: PolicyRequest, decidedAt: Instant): Result<PolicyChange, PolicyRefusal> {
  const { policy, reading } = request;
  const [author, reason] = [request.author.trim(), request.reason.trim()];
  if (!isPolicyName(policy)) {
    return err({ code: 'POLICY_UNKNOWN', policy, known: POLICY_NAMES });
  }
  const allowed = readingsOf(policy);
  if (!allowed.includes(reading)) return err({ code: 'READING_NOT_ALLOWED', policy, allowed });
  if (author === '') return err({ code: 'AUTHOR_MISSING' });
  if (reason === '') return err({ code: 'REASON_MISSING' });
  return ok({ policy, reading, author, decidedAt, reason });
}

/** The rules that these decisions make: of each question the last decision, else the default. */
export function rulesFrom(changes: readonly PolicyChange[]): DeadlineRules {
  const decided = [...changes]
    .sort((a, b) => Temporal.Instant.compare(a.decidedAt, b.decidedAt))
    .map(({ policy, reading }) => [policy, reading] as const);
  return rulesWith(Object.fromEntries(decided));
}
