import { endOfWarsawDay, isBefore, warsawText } from '../calendar/warsaw-time.js';
import { sameContext, type ContextIdentifier } from '../party/context-identifier.js';
import { Temporal, type Instant, type PlainDate } from '../shared/instant.js';
import { err, ok, type Result } from '../shared/result.js';
import type { Deadline } from './deadline.js';

/**
 * A rule of the house, stricter than the law, to be done with sending before the law's last moment:
 *
 * - `hours-after-restoration`: so long after the announced end of the outage that the deadline counts from;
 * - `days-from-issue`: until the end of that calendar day (Europe/Warsaw) after P_1, also while no end is known;
 * - `hours-before-end`: so long before the statutory end.
 */
export type HousePolicy =
  | { readonly kind: 'hours-after-restoration'; readonly hours: number }
  | { readonly kind: 'days-from-issue'; readonly days: number }
  | { readonly kind: 'hours-before-end'; readonly hours: number };

/** What a context is to be held to from a moment on: who decided it and why. Never edited; a later one replaces it whole. */
export interface HousePolicyDecision {
  readonly context: ContextIdentifier;
  readonly policies: readonly HousePolicy[];
  readonly author: string;
  readonly decidedAt: Instant;
  readonly reason: string;
}

/** Why a policy is not taken. */
export type HousePolicyRefusal =
  | { readonly code: 'HOUSE_POLICY_LATER_THAN_LAW'; readonly policy: HousePolicy; readonly reason: string }
  | { readonly code: 'HOUSE_POLICY_INVALID'; readonly policy: HousePolicy; readonly reason: string }
  | { readonly code: 'AUTHOR_MISSING' }
  | { readonly code: 'REASON_MISSING' };

/**
 * Seven business days (art. 106nf(4)) are never less than eight calendar days, Saturdays counting or not, from the end of a
 * failure or from an issue during it: whatever is longer could come after the law.
 */
const LEAST_EMERGENCY_DAYS = 8;
const LEAST_EMERGENCY_HOURS = LEAST_EMERGENCY_DAYS * 24;
/** A target so early would lie before the issue of nearly every invoice. */
const MOST_HOURS_BEFORE_END = 168;

/** Checks a decision: only ever stricter than the law, with an author and a reason. An empty list ends all policies. */
export function decideHousePolicies(
  request: Omit<HousePolicyDecision, 'decidedAt'>,
  decidedAt: Instant,
): Result<HousePolicyDecision, readonly HousePolicyRefusal[]> {
  const [author, reason] = [request.author.trim(), request.reason.trim()];
  const refusals: readonly HousePolicyRefusal[] = [
    ...request.policies.flatMap((policy) => whyNot(policy) ?? []),
    ...(author === '' ? [{ code: 'AUTHOR_MISSING' } as const] : []),
    ...(reason === '' ? [{ code: 'REASON_MISSING' } as const] : []),
  ];
  return refusals.length > 0 ? err(refusals) : ok({ ...request, author, reason, decidedAt });
}

function whyNot(policy: HousePolicy): HousePolicyRefusal | undefined {
  const amount = policy.kind === 'days-from-issue' ? policy.days : policy.hours;
  const { least, most, whyMost } = BOUNDS[policy.kind];
  const later = (reason: string) => ({ code: 'HOUSE_POLICY_LATER_THAN_LAW', policy, reason }) as const;
  if (policy.kind === 'hours-before-end' && amount <= 0) return later('It would not be before the statutory end.');
  if (!Number.isInteger(amount) || amount < least) {
    return { code: 'HOUSE_POLICY_INVALID', policy, reason: `A whole number from ${String(least)}.` };
  }
  if (amount <= most) return undefined;
  return whyMost === undefined
    ? { code: 'HOUSE_POLICY_INVALID', policy, reason: `At most ${String(most)} hours.` }
    : later(`It could be later than the law: ${whyMost} (art. 106nf(4)).`);
}

const BOUNDS: Readonly<
  Record<HousePolicy['kind'], { readonly least: number; readonly most: number; readonly whyMost?: string }>
> = {
  'hours-after-restoration': {
    least: 1,
    most: LEAST_EMERGENCY_HOURS,
    whyMost: `seven business days after a failure can end ${String(LEAST_EMERGENCY_HOURS)} hours after it`,
  },
  'days-from-issue': {
    least: 0,
    most: LEAST_EMERGENCY_DAYS,
    whyMost: `the longest clock of the law can end ${String(LEAST_EMERGENCY_DAYS)} days after the issue`,
  },
  'hours-before-end': { least: 1, most: MOST_HOURS_BEFORE_END },
};

/** The policies of a context: those of its last decision, else none. */
export function housePoliciesOf(
  context: ContextIdentifier,
  decisions: readonly HousePolicyDecision[],
): readonly HousePolicy[] {
  const own = decisions.filter((decision) => sameContext(decision.context, context));
  const last = own.sort((a, b) => Temporal.Instant.compare(a.decidedAt, b.decidedAt)).at(-1);
  return last?.policies ?? [];
}

/** When the house wants an invoice to be in KSeF: the earliest of its policies, never after the law's last moment. */
export interface Target {
  readonly at: Instant;
  readonly explanation: readonly string[];
}

/**
 * The effective target: `min(statutory end, policies)`. A policy that would be later for this deadline is not applied,
 * and the explanation says so.
 *
 * @returns `undefined` where nothing is to be aimed at: no duty to send, or an outage without an end and no policy that
 *   counts from the issue
 */
export function targetOf(
  deadline: Deadline,
  { issueDate }: { readonly issueDate: PlainDate },
  policies: readonly HousePolicy[],
): Target | undefined {
  if (deadline.kind === 'none') return undefined;
  const end = deadline.kind === 'due' ? deadline.endsAt : undefined;
  const steps: string[] = [];
  let at = end;
  for (const policy of policies) {
    const moment = momentOf(policy, deadline, issueDate);
    if (moment === undefined) continue;
    if (end !== undefined && isBefore(end, moment)) {
      steps.push(`${nameOf(policy)} would be ${warsawText(moment)}, later than the law: not applied.`);
      continue;
    }
    steps.push(`${nameOf(policy)}: ${warsawText(moment)}.`);
    if (at === undefined || isBefore(moment, at)) at = moment;
  }
  return at === undefined ? undefined : { at, explanation: steps };
}

function momentOf(policy: HousePolicy, deadline: Deadline, issueDate: PlainDate): Instant | undefined {
  switch (policy.kind) {
    case 'hours-after-restoration':
      return deadline.kind === 'due' ? deadline.restoredAt?.add({ hours: policy.hours }) : undefined;
    case 'days-from-issue':
      return endOfWarsawDay(issueDate.add({ days: policy.days }));
    case 'hours-before-end':
      return deadline.kind === 'due' ? deadline.endsAt.subtract({ hours: policy.hours }) : undefined;
  }
}

/** For people, such as `House policy "72 hours after restoration"`. */
function nameOf(policy: HousePolicy): string {
  switch (policy.kind) {
    case 'hours-after-restoration':
      return `House policy "${String(policy.hours)} hours after restoration"`;
    case 'days-from-issue':
      return `House policy "${String(policy.days)} days from issue"`;
    case 'hours-before-end':
      return `House policy "${String(policy.hours)} hours before the statutory end"`;
  }
}
