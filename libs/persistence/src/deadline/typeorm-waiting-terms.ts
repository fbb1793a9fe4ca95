import {
  Temporal,
  type ContextIdentifier,
  type GroupTerm,
  type Instant,
  type InvoiceId,
  type MovedTerm,
  type OfflineMode,
  type TenantId,
  type WaitingGroup,
  type WaitingTerms,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';
import type { Transaction } from '../database/transactions.js';
import { termColumns, toStoredTerm, toTerm, type StoredTerm } from './term.mapper.js';
import { GROUPS, MOVE, STORE_TERMS } from './waiting-sql.js';

interface GroupRow {
  readonly context_type: string;
  readonly context_value: string;
  readonly issue_date: string;
  readonly mode: OfflineMode;
  readonly interval: number;
  readonly issued_at: string;
  readonly invoices: number;
}

interface MoveRow {
  readonly last: InvoiceId | null;
  readonly moved: readonly {
    readonly ids: readonly InvoiceId[];
    readonly place: number;
    readonly before: StoredTerm | null;
  }[];
}

/** No row of an invoice is read here: PostgreSQL groups, compares and moves them by itself. */
export class TypeormWaitingTerms implements WaitingTerms {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async groups(boundaries: readonly Instant[]): Promise<readonly WaitingGroup[]> {
    const { rows } = await this.transaction.sql<GroupRow>(GROUPS, [this.tenant, boundaries.map(instantText)]);
    return rows.map((row) => ({
      context: { type: row.context_type, value: row.context_value } as ContextIdentifier,
      issueDate: Temporal.PlainDate.from(row.issue_date),
      mode: row.mode,
      interval: row.interval,
      issuedAt: Temporal.Instant.from(row.issued_at),
      invoices: row.invoices,
    }));
  }

  async move(
    terms: readonly GroupTerm[],
    boundaries: readonly Instant[],
    limit: number,
    after?: InvoiceId,
  ): Promise<{ readonly moved: readonly MovedTerm[]; readonly last?: InvoiceId }> {
    const groups = await this.store(terms);
    const { rows } = await this.transaction.sql<MoveRow>(MOVE, [
      ...[this.tenant, boundaries.map(instantText), JSON.stringify(groups), limit, after ?? null],
    ]);
    const { last, moved } = required(rows[0], 'move');
    return {
      moved: moved.map(({ ids, place, before }) => ({
        ids,
        before: before === null ? undefined : toTerm(before),
        after: required(terms[place], 'group'),
      })),
      ...(last === null ? {} : { last }),
    };
  }

  /** @returns the groups as MOVE wants them */
  private async store(terms: readonly GroupTerm[]): Promise<readonly object[]> {
    const values = JSON.stringify(terms.map(({ term }) => toStoredTerm(term)));
    const { rows } = await this.transaction.sql<{ digest: string }>(STORE_TERMS, [this.tenant, values]);
    return terms.map(({ context, issueDate, mode, interval, term }, place) => {
      const { kind, endsAt, targetAt } = termColumns(term);
      return {
        digest: required(rows[place], 'term').digest,
        context_type: context.type,
        context_value: context.value,
        issue_date: issueDate.toString(),
        mode,
        interval,
        kind,
        ends_at: endsAt,
        target_at: targetAt,
      };
    });
  }
}
