import { isBefore } from '../calendar/warsaw-time.js';
import type { IssuingMode } from '../invoice/issuing-mode.js';
import { covers, type Outage } from '../outage/outage.js';
import type { Instant } from '../shared/instant.js';
import { DEFAULT_RULES, type DeadlineRules } from './deadline-rules.js';

/** The mode the announced circumstances give a moment, and the outage it rests on. */
export type Circumstances =
  | { readonly mode: 'offline24' }
  | { readonly mode: Exclude<IssuingMode, 'online' | 'offline24'>; readonly outage: Outage };

/**
 * Which offline procedure a moment falls under: total failure before failure before maintenance; with none of them in
 * force, offline24 (domain rules 1.3, and 10 point 6: of a failure and maintenance at once the failure governs). Of
 * several maintenances the one that ends last: KSeF is unavailable until then.
 */
export function classifyAtIssue(
  moment: Instant,
  outages: readonly Outage[],
  rules: DeadlineRules = DEFAULT_RULES,
): Circumstances {
  const inForce = outages.filter((outage) => covers(outage, moment));
  for (const [category, mode] of PRECEDENCE[rules.failureWithMaintenance]) {
    const outage = governing(inForce.filter((candidate) => candidate.category === category));
    if (outage !== undefined) return { mode, outage };
  }
  return { mode: 'offline24' };
}

/** Of failures the one announced first: further ones are counted after it. Of maintenances the one that ends last. */
function governing(inForce: readonly Outage[]): Outage | undefined {
  const [first] = inForce;
  if (first?.category !== 'maintenance') return first;
  return inForce.reduce((a, b) => (endsBefore(a, b) ? b : a));
}

const endsBefore = (a: Outage, b: Outage): boolean =>
  a.end !== undefined && (b.end === undefined || isBefore(a.end, b.end));

const TOTAL_FAILURE = ['total-failure', 'total-failure'] as const;
const FAILURE = ['failure', 'emergency'] as const;
const MAINTENANCE = ['maintenance', 'unavailability'] as const;

const PRECEDENCE = {
  'failure-governs': [TOTAL_FAILURE, FAILURE, MAINTENANCE],
  'maintenance-governs': [TOTAL_FAILURE, MAINTENANCE, FAILURE],
} as const;
