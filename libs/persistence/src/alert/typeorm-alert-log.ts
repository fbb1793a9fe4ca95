import {
  stageName,
  Temporal,
  type Alert,
  type AlertLog,
  type AlertStage,
  type ContextIdentifier,
  type Instant,
  type InvoiceId,
  type InvoiceNumber,
  type InvoiceState,
  type RaisedAlert,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';

interface AlertRow {
  readonly invoice_id: InvoiceId;
  readonly stage: string;
  readonly due_at: string;
  readonly raised_at: string;
}

interface RaisedRow extends AlertRow {
  readonly number: InvoiceNumber;
  readonly context_type: string;
  readonly context_value: string;
  readonly state: InvoiceState;
}

export class TypeormAlertLog implements AlertLog {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async raise(stage: AlertStage, now: Instant, limit: number): Promise<readonly RaisedAlert[]> {
    const { beyond, left } = RAISE[stage.kind];
    const fresh = await this.raiseBy(beyond, stage, now, limit);
    const rest = fresh.length === limit ? [] : await this.raiseBy(left, stage, now, limit - fresh.length);
    return [...rest, ...fresh].sort((a, b) => Temporal.Instant.compare(a.dueAt, b.dueAt));
  }

  async recent(limit: number): Promise<readonly RaisedAlert[]> {
    const { rows } = await this.transaction.sql<RaisedRow>(RECENT, [this.tenant, limit]);
    return rows.map(toRaisedAlert);
  }

  async of(id: InvoiceId): Promise<readonly Alert[]> {
    const { rows } = await this.transaction.sql<AlertRow>(OF_INVOICE, [this.tenant, id]);
    return rows.map(toAlert);
  }

  private async raiseBy(text: string, stage: AlertStage, now: Instant, limit: number): Promise<readonly RaisedAlert[]> {
    const hoursAfter = stage.kind === 'still-open' ? stage.hours : 0;
    const hoursBefore = stage.kind === 'before-end' ? stage.hours : 0;
    const last = now.add({ hours: hoursBefore - hoursAfter });
    const { rows } = await this.transaction.sql<RaisedRow>(text, [
      ...[this.tenant, stageName(stage), instantText(now), instantText(last), limit, hoursAfter],
    ]);
    return rows.map(toRaisedAlert);
  }
}

/**
 * $1 tenant, $2 name of the stage, $3 now, $4 the moment that what is warned of must not be after (or, once it is past,
 * must be before), $5 warnings at most, $6 hours from the moment to `due_at`. Two that raise at a time raise each warning once: the primary key decides.
 */
const raising = (due: string): string => `
  WITH due AS MATERIALIZED (${due}), raised AS (
    INSERT INTO alert (tenant_id, invoice_id, stage, due_at, raised_at)
    SELECT $1, invoice_id, $2, due_at, $3 FROM due ORDER BY due_at, invoice_id
    ON CONFLICT DO NOTHING
    RETURNING invoice_id, stage, due_at, raised_at
  )
  SELECT raised.*, number, context_type, context_value, state
  FROM raised JOIN invoice ON invoice.tenant_id = $1 AND invoice.id = raised.invoice_id
  ORDER BY raised.due_at, raised.invoice_id`;

/**
 * Warnings are raised in the order of what they warn of, so most new ones lie beyond the last: `beyond` steps over all
 * that were raised. `left` looks for what lies before it, after a deadline moved: it holds both lists against each other
 * whole (EXCEPT, which is sorted or hashed whatever the statistics say; a join of a young table may become a loop).
 */
function raisingAt(moment: string, isDue: string) {
  const waiting = `FROM invoice_term WHERE tenant_id = $1 AND waits_for IS NOT NULL AND ${isDue}`;
  const dueAt = `${moment} + make_interval(hours => $6)`;
  const last = (column: string): string => `
    (SELECT ${column} FROM alert WHERE tenant_id = $1 AND stage = $2 ORDER BY due_at DESC, invoice_id DESC LIMIT 1)`;
  return {
    beyond: raising(`
      SELECT invoice_id, ${dueAt} AS due_at ${waiting}
        AND (${moment}, invoice_id) > (
          coalesce(${last('due_at')} - make_interval(hours => $6), '-infinity'),
          coalesce(${last('invoice_id')}, '00000000-0000-0000-0000-000000000000'))
      ORDER BY ${moment}, invoice_id LIMIT $5`),
    left: raising(`
      SELECT invoice_id, due_at FROM (
        SELECT ${dueAt} AS due_at, invoice_id ${waiting}
        EXCEPT
        SELECT due_at, invoice_id FROM alert
        WHERE tenant_id = $1 AND stage = $2 AND due_at >= (SELECT min(${moment}) + make_interval(hours => $6) ${waiting})
      ) AS unwarned
      ORDER BY due_at, invoice_id LIMIT $5`),
  };
}

const RAISE = {
  'before-end': raisingAt('ends_at', 'ends_at <= $4'),
  overdue: raisingAt('ends_at', 'ends_at < $4'),
  'target-missed': raisingAt('target_at', 'target_at < $4 AND target_at IS DISTINCT FROM ends_at'),
  'still-open': raisingAt('issued_at', "issued_at <= $4 AND kind = 'open'"),
} satisfies Record<AlertStage['kind'], object>;

const RECENT = `
  SELECT invoice_id, stage, due_at, raised_at, number, context_type, context_value, state
  FROM alert JOIN invoice ON invoice.tenant_id = alert.tenant_id AND invoice.id = alert.invoice_id
  WHERE alert.tenant_id = $1
  ORDER BY alert.arrival DESC
  LIMIT $2`;

const OF_INVOICE = `
  SELECT invoice_id, stage, due_at, raised_at FROM alert WHERE tenant_id = $1 AND invoice_id = $2 ORDER BY arrival`;

function toAlert(row: AlertRow): Alert {
  return {
    invoiceId: row.invoice_id,
    stage: row.stage,
    dueAt: Temporal.Instant.from(row.due_at),
    raisedAt: Temporal.Instant.from(row.raised_at),
  };
}

function toRaisedAlert(row: RaisedRow): RaisedAlert {
  const { number, state } = row;
  const context = { type: row.context_type, value: row.context_value } as ContextIdentifier;
  return { ...toAlert(row), number, context, state };
}
