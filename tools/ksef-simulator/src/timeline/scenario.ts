import type { OutageManner } from '../core/reachability.js';
import type { FaultProfileName } from '../faults/fault-profile.js';
import type { IncidentName } from '../faults/incidents.js';

/** An outage as a scenario orders it. Times are milliseconds after the scenario's start. */
export interface OutageAction {
  readonly do: 'outage';
  /** What the scenario calls the event. */
  readonly name: string;
  readonly category: 'FAILURE' | 'TOTAL_FAILURE' | 'MAINTENANCE';
  readonly announce: boolean;
  readonly unreachable: boolean;
  readonly manner?: OutageManner;
  readonly title?: string;
  readonly startMs?: number;
  readonly endMs?: number;
}

/** One thing a step does. */
export type Action =
  | OutageAction
  | {
      readonly do: 'correct';
      readonly of: string;
      readonly startMs?: number;
      readonly endMs?: number;
      readonly title?: string;
      readonly text?: string;
    }
  | { readonly do: 'end'; readonly of: string; readonly endMs?: number }
  | { readonly do: 'reach'; readonly what: 'ksef' | 'latarnia'; readonly manner: OutageManner | 'up' }
  | { readonly do: 'incident'; readonly name: IncidentName; readonly times: number }
  | { readonly do: 'faults'; readonly profile: FaultProfileName; readonly seed?: string }
  | { readonly do: 'rotate-keys' };

/** What must hold right after a step. */
export interface Expectation {
  /** What GET /status says. */
  readonly status?: string;
  readonly ksef?: 'reachable' | 'unreachable';
  readonly latarnia?: 'reachable' | 'unreachable';
  /** What GET /messages lists, newest first, each as `name TYPE vN`. */
  readonly messages?: readonly string[];
}

export interface Step {
  /** Milliseconds after the scenario's start. */
  readonly atMs: number;
  /** What happens, for people. */
  readonly note: string;
  readonly actions: readonly Action[];
  readonly expect: Expectation;
}

/** A timeline of outages, read from a file. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Epoch milliseconds. A virtual clock is set to it; on a real one the scenario starts when it is played. */
  readonly startAt: number;
  readonly steps: readonly Step[];
}

/** Length from the start to the last step. */
export function lengthMs({ steps }: Scenario): number {
  return Math.max(0, ...steps.map(({ atMs }) => atMs));
}
