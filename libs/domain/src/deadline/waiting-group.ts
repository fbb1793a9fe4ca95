import { isBefore } from '../calendar/warsaw-time.js';
import type { OfflineMode } from '../invoice/issuing-mode.js';
import type { Outage } from '../outage/outage.js';
import type { ContextIdentifier } from '../party/context-identifier.js';
import { Temporal, type Instant, type PlainDate } from '../shared/instant.js';
import type { DueTerm } from './due-term.js';

/**
 * Waiting invoices whose term is the same whichever of them is asked: a deadline looks at the moment of issue only to
 * compare it with the moments at which an outage starts, ends or is announced, so between two of these every moment is
 * as good as another.
 */
export interface WaitingGroup {
  readonly context: ContextIdentifier;
  readonly issueDate: PlainDate;
  readonly mode: OfflineMode;
  /** How many of the boundaries lie at or before the moment of issue. */
  readonly interval: number;
  /** The moment of issue of one of them. */
  readonly issuedAt: Instant;
  readonly invoices: number;
}

export type GroupTerm = WaitingGroup & { readonly term: DueTerm };

/** The moments that part one group from another: ascending, each once. */
export function boundariesOf(outages: readonly Outage[]): readonly Instant[] {
  const moments = outages.flatMap(({ start, end, announcedAt }) => [
    start,
    announcedAt,
    ...(end === undefined ? [] : [end]),
  ]);
  return moments
    .sort((a, b) => Temporal.Instant.compare(a, b))
    .filter((moment, at, sorted) => at === 0 || !moment.equals(sorted[at - 1] ?? moment.add({ seconds: 1 })));
}

/** Which interval a moment lies in: the number of boundaries at or before it. */
export function intervalOf(moment: Instant, boundaries: readonly Instant[]): number {
  return boundaries.filter((boundary) => !isBefore(moment, boundary)).length;
}
