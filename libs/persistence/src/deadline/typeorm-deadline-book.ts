import {
  Temporal,
  type BookLine,
  type ContextIdentifier,
  type DeadlineBook,
  type OfflineRegime,
  type TenantId,
} from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';
import { BOOK_LINES } from './waiting-sql.js';

interface LineRow {
  readonly context_type: string;
  readonly context_value: string;
  readonly kind: BookLine['kind'];
  readonly regime: OfflineRegime;
  readonly ends_at: string | null;
  readonly target_at: string | null;
  readonly invoices: number;
  readonly need_person: number;
}

export class TypeormDeadlineBook implements DeadlineBook {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async lines(context?: ContextIdentifier): Promise<readonly BookLine[]> {
    const { rows } = await this.transaction.sql<LineRow>(BOOK_LINES, [
      ...[this.tenant, context?.type ?? null, context?.value ?? null],
    ]);
    return rows.map((row) => ({
      context: { type: row.context_type, value: row.context_value } as ContextIdentifier,
      kind: row.kind,
      regime: row.regime,
      ...(row.ends_at === null ? {} : { endsAt: Temporal.Instant.from(row.ends_at) }),
      ...(row.target_at === null ? {} : { targetAt: Temporal.Instant.from(row.target_at) }),
      invoices: row.invoices,
      needPerson: row.need_person,
    }));
  }
}
