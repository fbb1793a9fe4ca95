import {
  Temporal,
  type BacklogLine,
  type BatchId,
  type BatchState,
  type ContextIdentifier,
  type HeldInvoices,
  type Instant,
  type LiveBatch,
  type PastDelivery,
  type SendingBook,
  type SendingOrder,
  type SendingRuleDecision,
  type SendingSchedule,
  type TenantId,
  type WaitingContext,
  type WaitingTenant,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';
import {
  BACKLOG,
  DELIVERED_SINCE,
  END_FULFILLED,
  HELD,
  LARGE_BACKLOG,
  LIVE,
  OPENINGS,
  PAST,
  WAITING_CONTEXTS,
} from './sending-sql.js';

/** A larger backlog is counted in its terms alone, with the average size of so many of its first invoices. */
const COUNTED_ONE_BY_ONE = 10_000;

const sumOf = (lines: readonly BacklogLine[], what: 'invoices' | 'bytes'): number =>
  lines.reduce((sum, line) => sum + line[what], 0);

export class TypeormSendingBook implements SendingBook {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async rules(): Promise<readonly SendingRuleDecision[]> {
    const { rows } = await this.transaction.sql<RuleRow>(RULES, [this.tenant]);
    return rows.map(({ schedule, hours_before_target: hoursBeforeTarget, person, actor, reason, decided_at: at }) => ({
      ...{ schedule, hoursBeforeTarget, person, actor, reason },
      decidedAt: Temporal.Instant.from(at),
    }));
  }

  async addRule({ schedule, hoursBeforeTarget, person, actor, reason, decidedAt }: SendingRuleDecision): Promise<void> {
    await this.transaction.sql(ADD_RULE, [
      ...[this.tenant, JSON.stringify(schedule), hoursBeforeTarget, person, actor, reason, instantText(decidedAt)],
    ]);
  }

  async addOrder({ actor, context, dueBefore, orderedAt }: SendingOrder): Promise<void> {
    await this.transaction.sql(ADD_ORDER, [
      ...[this.tenant, actor, context?.type ?? null, context?.value ?? null],
      ...[dueBefore === undefined ? null : instantText(dueBefore), instantText(orderedAt)],
    ]);
  }

  async openOrders(): Promise<readonly SendingOrder[]> {
    const { rows } = await this.transaction.sql<OrderRow>(OPEN_ORDERS, [this.tenant]);
    return rows.map((row) => ({
      actor: row.actor,
      ...(row.context_type === null ? {} : { context: contextOf(row.context_type, row.context_value ?? '') }),
      ...optionalInstant('dueBefore', row.due_before),
      orderedAt: Temporal.Instant.from(row.ordered_at),
    }));
  }

  async endFulfilledOrders(): Promise<void> {
    await this.transaction.sql(END_FULFILLED, [this.tenant]);
  }

  async waiting(): Promise<readonly WaitingContext[]> {
    const own = await waitingContexts(this.transaction, this.tenant);
    return own.map(({ tenant: _own, ...waiting }) => waiting);
  }

  async backlog(context: ContextIdentifier, most?: number): Promise<readonly BacklogLine[]> {
    const limit = most ?? COUNTED_ONE_BY_ONE;
    const lines = await this.backlogLines(BACKLOG, [...this.in(context), limit]);
    const [invoices, bytes] = [sumOf(lines, 'invoices'), sumOf(lines, 'bytes')];
    if (most !== undefined || invoices < limit) return lines;
    return this.backlogLines(LARGE_BACKLOG, [...this.in(context), bytes / invoices]);
  }

  private async backlogLines(text: string, values: readonly unknown[]): Promise<readonly BacklogLine[]> {
    const { rows } = await this.transaction.sql<BacklogRow>(text, values);
    return rows.map(({ aim_at: aimAt, ends_at: endsAt, invoices, bytes }) => ({
      ...optionalInstant('targetAt', aimAt),
      ...optionalInstant('endsAt', endsAt),
      invoices,
      bytes,
    }));
  }

  async held(context: ContextIdentifier): Promise<readonly HeldInvoices[]> {
    return (await this.transaction.sql<HeldInvoices>(HELD, this.in(context))).rows;
  }

  async live(): Promise<readonly LiveBatch[]> {
    const { rows } = await this.transaction.sql<LiveRow>(LIVE, [this.tenant]);
    return rows.map((row) => ({
      id: row.id as BatchId,
      context: contextOf(row.context_type, row.context_value),
      state: row.state,
      invoices: row.invoice_count,
      plannedAt: Temporal.Instant.from(row.planned_at),
      ...optionalInstant('openedAt', row.opened_at),
    }));
  }

  async past(context: ContextIdentifier, limit: number): Promise<readonly PastDelivery[]> {
    const { rows } = await this.transaction.sql<PastRow>(PAST, [...this.in(context), limit]);
    return rows.map((row) => ({
      invoices: row.invoice_count,
      plannedAt: Temporal.Instant.from(row.planned_at),
      openedAt: Temporal.Instant.from(row.opened_at),
      finishedAt: Temporal.Instant.from(row.finished_at),
    }));
  }

  async openings(context: ContextIdentifier, since: Instant): Promise<readonly Instant[]> {
    const values = [...this.in(context), instantText(since)];
    const { rows } = await this.transaction.sql<{ opened_at: string }>(OPENINGS, values);
    return rows.map(({ opened_at: at }) => Temporal.Instant.from(at));
  }

  async hasDeliveredSince(context: ContextIdentifier, since: Instant): Promise<boolean> {
    const values = [...this.in(context), instantText(since)];
    const { rows } = await this.transaction.sql<{ delivered: boolean }>(DELIVERED_SINCE, values);
    return rows[0]?.delivered ?? false;
  }

  private in({ type, value }: ContextIdentifier): readonly unknown[] {
    return [this.tenant, type, value];
  }
}

/** Of all tenants: which have anything to send is asked of all, and what it is of each. */
export async function waitingContextsOfAll(transaction: Transaction): Promise<readonly WaitingTenant[]> {
  const { rows } = await transaction.sql<{ tenant_id: TenantId }>('SELECT tenant_id FROM tenants_waiting_to_send()');
  const found: WaitingTenant[] = [];
  for (const { tenant_id: tenant } of rows) {
    found.push(...(await transaction.as(tenant, () => waitingContexts(transaction, tenant))));
  }
  return found.sort((a, b) => aimOf(a) - aimOf(b));
}

const aimOf = ({ firstTargetAt }: WaitingTenant): number => firstTargetAt?.epochMilliseconds ?? Number.MAX_SAFE_INTEGER;

async function waitingContexts(transaction: Transaction, tenant: TenantId): Promise<readonly WaitingTenant[]> {
  const { rows } = await transaction.sql<WaitingRow>(WAITING_CONTEXTS, [tenant]);
  return rows.map((row) => ({
    tenant: row.tenant_id as TenantId,
    context: contextOf(row.type, row.value),
    oldestAt: Temporal.Instant.from(row.issued_at),
    ...optionalInstant('firstTargetAt', row.aim_at),
    ...(row.schedule === null || row.hours_before_target === null
      ? {}
      : { rule: { schedule: row.schedule, hoursBeforeTarget: row.hours_before_target } }),
    ...optionalInstant('orderedAt', row.ordered_at),
    ...optionalInstant('orderedDueBefore', row.due_before),
  }));
}

/** The database holds contexts that were parsed. */
const contextOf = (type: string, value: string): ContextIdentifier => ({ type, value }) as ContextIdentifier;

/** A property that is there only when the column has a value. */
function optionalInstant<const K extends string>(name: K, text: string | null): Readonly<Partial<Record<K, Instant>>> {
  const found = text === null ? {} : { [name]: Temporal.Instant.from(text) };
  return found as Readonly<Partial<Record<K, Instant>>>;
}

interface RuleRow {
  readonly schedule: SendingSchedule;
  readonly hours_before_target: number;
  readonly person: string;
  readonly actor: string;
  readonly reason: string;
  readonly decided_at: string;
}

interface OrderRow {
  readonly actor: string;
  readonly context_type: string | null;
  readonly context_value: string | null;
  readonly due_before: string | null;
  readonly ordered_at: string;
}

interface WaitingRow {
  readonly tenant_id: string;
  readonly type: string;
  readonly value: string;
  readonly issued_at: string;
  readonly aim_at: string | null;
  readonly schedule: SendingSchedule | null;
  readonly hours_before_target: number | null;
  readonly ordered_at: string | null;
  readonly due_before: string | null;
}

interface BacklogRow {
  readonly aim_at: string | null;
  readonly ends_at: string | null;
  readonly invoices: number;
  readonly bytes: number;
}

interface LiveRow {
  readonly id: string;
  readonly context_type: string;
  readonly context_value: string;
  readonly state: BatchState;
  readonly invoice_count: number;
  readonly planned_at: string;
  readonly opened_at: string | null;
}

interface PastRow {
  readonly invoice_count: number;
  readonly planned_at: string;
  readonly opened_at: string;
  readonly finished_at: string;
}

const RULES = `
  SELECT schedule, hours_before_target, person, actor, reason, decided_at
  FROM sending_rule WHERE tenant_id = $1 ORDER BY id DESC`;

const ADD_RULE = `
  INSERT INTO sending_rule (tenant_id, schedule, hours_before_target, person, actor, reason, decided_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;

const ADD_ORDER = `
  INSERT INTO sending_order (tenant_id, actor, context_type, context_value, due_before, ordered_at)
  VALUES ($1, $2, $3, $4, $5, $6)`;

const OPEN_ORDERS = `
  SELECT actor, context_type, context_value, due_before, ordered_at
  FROM sending_order WHERE tenant_id = $1 AND fulfilled_at IS NULL ORDER BY id`;
