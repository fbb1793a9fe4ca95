import {
  Temporal,
  type BatchId,
  type SecondDeliveries,
  type SecondDelivery,
  type SessionReference,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { required } from '../database/required.js';
import type { Transaction } from '../database/transactions.js';

interface DeliveryRow {
  readonly batch_id: string;
  readonly state: SecondDelivery['state'];
  readonly session_reference: string;
  readonly asked_by_actor: string;
  readonly asked_by_person: string;
  readonly asked_at: string;
  readonly reason: string;
  readonly approved_by_actor: string | null;
  readonly approved_by_person: string | null;
  readonly approved_at: string | null;
  readonly second_batch_id: string | null;
  readonly invoices: number | null;
  readonly withdrawn_at: string | null;
  readonly why: string | null;
}

export class TypeormSecondDeliveries implements SecondDeliveries {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async find(batchId: BatchId): Promise<SecondDelivery | undefined> {
    const { rows } = await this.transaction.sql<DeliveryRow>(
      'SELECT * FROM second_delivery WHERE tenant_id = $1 AND batch_id = $2 FOR NO KEY UPDATE',
      [this.tenant, batchId],
    );
    const [row] = rows;
    return row === undefined ? undefined : toDelivery(row);
  }

  async save(delivery: SecondDelivery): Promise<void> {
    const values = [
      ...[this.tenant, delivery.batchId, delivery.state, delivery.session],
      ...[delivery.askedBy.actor, delivery.askedBy.person, instantText(delivery.askedAt), delivery.reason],
      ...approvalColumns(delivery),
      ...withdrawalColumns(delivery),
    ];
    const { count } = await this.transaction.sql(MOVE, values);
    if (count === 0) await this.transaction.sql(ADD, values);
  }
}

function approvalColumns(delivery: SecondDelivery): readonly unknown[] {
  if (delivery.state !== 'approved') return [null, null, null, null, null];
  const { approvedBy, approvedAt, secondBatchId, invoices } = delivery;
  return [approvedBy.actor, approvedBy.person, instantText(approvedAt), secondBatchId, invoices];
}

const withdrawalColumns = (delivery: SecondDelivery): readonly unknown[] =>
  delivery.state === 'withdrawn' ? [instantText(delivery.withdrawnAt), delivery.why] : [null, null];

const ADD = `
  INSERT INTO second_delivery (tenant_id, batch_id, state, session_reference, asked_by_actor, asked_by_person, asked_at,
    reason, approved_by_actor, approved_by_person, approved_at, second_batch_id, invoices, withdrawn_at, why)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;

const MOVE = `
  UPDATE second_delivery SET (state, session_reference, asked_by_actor, asked_by_person, asked_at, reason,
    approved_by_actor, approved_by_person, approved_at, second_batch_id, invoices, withdrawn_at, why)
    = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  WHERE tenant_id = $1 AND batch_id = $2`;

function toDelivery(row: DeliveryRow): SecondDelivery {
  const asked = {
    batchId: row.batch_id as BatchId,
    session: row.session_reference as SessionReference,
    askedBy: { actor: row.asked_by_actor, person: row.asked_by_person },
    askedAt: Temporal.Instant.from(row.asked_at),
    reason: row.reason,
  };
  switch (row.state) {
    case 'proposed':
      return { ...asked, state: 'proposed' };
    case 'approved':
      return {
        ...asked,
        state: 'approved',
        approvedBy: {
          actor: required(row.approved_by_actor, 'approver'),
          person: required(row.approved_by_person, 'approver'),
        },
        approvedAt: Temporal.Instant.from(required(row.approved_at, 'approval')),
        secondBatchId: required(row.second_batch_id, 'second batch') as BatchId,
        invoices: required(row.invoices, 'number of invoices'),
      };
    case 'withdrawn':
      return {
        ...asked,
        state: 'withdrawn',
        withdrawnAt: Temporal.Instant.from(required(row.withdrawn_at, 'withdrawal')),
        why: required(row.why, 'reason'),
      };
  }
}
