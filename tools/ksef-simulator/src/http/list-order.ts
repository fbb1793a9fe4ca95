import { scopeOf } from '../core/paging.js';
import type { Faults } from '../faults/faults.js';

/** A list in the order it is given out, and the scope its continuation tokens belong to. */
export interface OrderedList<T> {
  readonly items: readonly T[];
  readonly scope: string;
}

/**
 * The list as it is, or, by a fault, in an order drawn when its first page is read; its later pages keep that order, so
 * that every item comes exactly once.
 */
export function orderedList<T>(
  faults: Faults,
  items: readonly T[],
  scope: string,
  token: string | undefined,
): OrderedList<T> {
  const begun = scopeOf(token);
  if (begun?.startsWith(`${scope}#`) === true) return { items: faults.draws.shuffle(items, begun), scope: begun };
  if (begun !== undefined) return { items, scope };
  const strike = faults.befalls('shuffle-pages', scope);
  if (strike === undefined) return { items, scope };
  const shuffled = `${scope}#${String(strike.entry.occasion)}`;
  return { items: faults.draws.shuffle(items, shuffled), scope: shuffled };
}
