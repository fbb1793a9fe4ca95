import {
  Temporal,
  type BuyerOfInvoice,
  type DocumentKind,
  type Handover,
  type HandoverBook,
  type HandoverChannel,
  type HandoverId,
  type IdempotencyClaim,
  type InvoiceFacts,
  type InvoiceId,
  type InvoiceState,
  type TenantId,
} from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';

export class TypeormHandoverBook implements HandoverBook {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async add(handover: Handover, claim?: IdempotencyClaim): Promise<boolean> {
    const { id, invoiceId, document, channel, recipient, handedOverAt, recordedAt, recordedBy } = handover;
    const { count } = await this.transaction.sql(ADD, [
      ...[this.tenant, id, invoiceId, document, channel, recipient],
      ...[instantText(handedOverAt), instantText(recordedAt), recordedBy],
      ...[handover.sha256 ?? null, handover.note ?? null, claim?.key ?? null, claim?.fingerprint ?? null],
    ]);
    return count === 1;
  }

  async findByKey(key: string) {
    const { rows } = await this.transaction.sql<HandoverRow>(`${SELECT} AND idempotency_key = $2`, [this.tenant, key]);
    const [row] = rows;
    return row && { handover: toHandover(row), fingerprint: row.fingerprint ?? '' };
  }

  async of(id: InvoiceId): Promise<readonly Handover[]> {
    const { rows } = await this.transaction.sql<HandoverRow>(
      `${SELECT} AND invoice_id = $2 ORDER BY handed_over_at, recorded_at, id`,
      [this.tenant, id],
    );
    return rows.map(toHandover);
  }

  async buyersOf(ids: readonly InvoiceId[]): Promise<readonly BuyerOfInvoice[]> {
    const { rows } = await this.transaction.sql<BuyerRow>(BUYERS, [this.tenant, [...ids]]);
    return rows.map(({ id, state, buyer, place, handed_over: handedOver }) => ({
      ...{ id: id as InvoiceId, state, buyer, handedOver },
      ...(place === null ? {} : { placeOfSupply: place }),
    }));
  }
}

interface BuyerRow {
  readonly id: string;
  readonly state: InvoiceState;
  readonly buyer: InvoiceFacts['buyer'];
  readonly place: NonNullable<InvoiceFacts['placeOfSupply']> | null;
  readonly handed_over: boolean;
}

interface HandoverRow {
  readonly id: string;
  readonly invoice_id: string;
  readonly document: DocumentKind;
  readonly channel: HandoverChannel;
  readonly recipient: string;
  readonly handed_over_at: string;
  readonly recorded_at: string;
  readonly recorded_by: string;
  readonly sha256: string | null;
  readonly note: string | null;
  readonly fingerprint: string | null;
}

function toHandover(row: HandoverRow): Handover {
  return {
    id: row.id as HandoverId,
    invoiceId: row.invoice_id as InvoiceId,
    document: row.document,
    channel: row.channel,
    recipient: row.recipient,
    handedOverAt: Temporal.Instant.from(row.handed_over_at),
    recordedAt: Temporal.Instant.from(row.recorded_at),
    recordedBy: row.recorded_by,
    ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
    ...(row.note === null ? {} : { note: row.note }),
  };
}

const ADD = `
  INSERT INTO handover (tenant_id, id, invoice_id, document, channel, recipient, handed_over_at, recorded_at, recorded_by,
    sha256, note, idempotency_key, fingerprint)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, decode($10, 'base64'), $11, $12, $13)
  ON CONFLICT ON CONSTRAINT handover_key DO NOTHING`;

/** Moments as text: the driver knows no microseconds. */
const SELECT = `
  SELECT id, invoice_id, document, channel, recipient, handed_over_at::text, recorded_at::text, recorded_by,
    encode(sha256, 'base64') AS sha256, note, fingerprint
  FROM handover WHERE tenant_id = $1`;

const BUYERS = `
  SELECT invoice.id, invoice.state, invoice.facts -> 'buyer' AS buyer, invoice.facts ->> 'placeOfSupply' AS place,
    EXISTS (SELECT FROM handover WHERE handover.tenant_id = $1 AND handover.invoice_id = invoice.id) AS handed_over
  FROM invoice WHERE invoice.tenant_id = $1 AND invoice.id = ANY ($2::uuid[]) ORDER BY invoice.id`;
