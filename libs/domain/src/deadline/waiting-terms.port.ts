import type { InvoiceId } from '../invoice/invoice.js';
import type { Instant } from '../shared/instant.js';
import type { DueTerm } from './due-term.js';
import type { GroupTerm, WaitingGroup } from './waiting-group.js';

/** Invoices whose stored term was another one, by what it was and what it is now. */
export interface MovedTerm {
  readonly ids: readonly InvoiceId[];
  readonly before: DueTerm | undefined;
  readonly after: GroupTerm;
}

/**
 * The terms of one tenant's waiting invoices: issued offline and not with KSeF yet. A term is stored once for all
 * invoices that share it, so that a message about a million of them writes few bytes.
 */
export interface WaitingTerms {
  /** @param boundaries ascending */
  groups(boundaries: readonly Instant[]): Promise<readonly WaitingGroup[]>;
  /**
   * Looks at so many waiting invoices, by id, and gives each the term of its group where it has another one; those of no
   * group given are left alone. Safe to repeat and to run twice at a time.
   * @returns what moved, and the last id looked at; no id when there are no more
   */
  move(
    terms: readonly GroupTerm[],
    boundaries: readonly Instant[],
    limit: number,
    after?: InvoiceId,
  ): Promise<{ readonly moved: readonly MovedTerm[]; readonly last?: InvoiceId }>;
}
