import {
  Temporal,
  type BatchAlarm,
  type BatchAlarmKind,
  type BatchAlarms,
  type BatchId,
  type DeliveryTracking,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';
import { TypeormCallAttempts } from './typeorm-call-attempts.js';
import { TypeormSecondDeliveries } from './typeorm-second-deliveries.js';
import { TypeormSessionRows } from './typeorm-session-rows.js';
import { TypeormUpoDocuments } from './typeorm-upo-documents.js';

class TypeormBatchAlarms implements BatchAlarms {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async raise(batchId: BatchId, { kind, raisedAt, detail }: BatchAlarm): Promise<boolean> {
    const { rows } = await this.transaction.sql(
      `INSERT INTO batch_alarm (tenant_id, batch_id, kind, detail, raised_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING kind`,
      [this.tenant, batchId, kind, detail, instantText(raisedAt)],
    );
    return rows.length === 1;
  }

  async of(batchId: BatchId): Promise<readonly BatchAlarm[]> {
    const { rows } = await this.transaction.sql<{ kind: BatchAlarmKind; detail: string; raised_at: string }>(
      'SELECT kind, detail, raised_at FROM batch_alarm WHERE tenant_id = $1 AND batch_id = $2 ORDER BY arrival',
      [this.tenant, batchId],
    );
    return rows.map(({ kind, detail, raised_at: at }) => ({ kind, detail, raisedAt: Temporal.Instant.from(at) }));
  }
}

/** What is recorded of deliveries beside batches and invoices. */
export class TypeormDeliveryTracking implements DeliveryTracking {
  readonly rows: TypeormSessionRows;
  readonly upos: TypeormUpoDocuments;
  readonly attempts: TypeormCallAttempts;
  readonly alarms: TypeormBatchAlarms;
  readonly secondDeliveries: TypeormSecondDeliveries;

  constructor(transaction: Transaction, tenant: TenantId) {
    this.rows = new TypeormSessionRows(transaction, tenant);
    this.upos = new TypeormUpoDocuments(transaction, tenant);
    this.attempts = new TypeormCallAttempts(transaction, tenant);
    this.alarms = new TypeormBatchAlarms(transaction, tenant);
    this.secondDeliveries = new TypeormSecondDeliveries(transaction, tenant);
  }
}
