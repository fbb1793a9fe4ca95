import type { Outbox, OutboxEvent, TenantId } from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { inChunks } from '../database/in-chunks.js';
import type { Transaction } from '../database/transactions.js';

export class TypeormOutbox implements Outbox {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async append(events: readonly OutboxEvent[]): Promise<void> {
    for (const chunk of inChunks(events)) {
      const rows = chunk.map(({ at, type, subject, facts }) => ({ at: instantText(at), type, subject, facts }));
      await this.transaction.sql(APPEND, [this.tenant, JSON.stringify(rows)]);
    }
  }
}

const APPEND = `
  INSERT INTO outbox_event (tenant_id, at, type, subject, facts)
  SELECT $1, at, type, subject, facts
  FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS element (event, ordinal),
    jsonb_populate_record(NULL::outbox_event, event)
  ORDER BY ordinal`;
