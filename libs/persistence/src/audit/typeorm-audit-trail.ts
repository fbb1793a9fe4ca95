import type { AuditEntry, AuditEntryForMany, AuditTrail, TenantId } from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { inChunks } from '../database/in-chunks.js';
import { prepared, type Transaction } from '../database/transactions.js';
import { AuditEntryRecord } from './audit-entry.record.js';

export class TypeormAuditTrail implements AuditTrail {
  constructor(
    private readonly transaction: Transaction,
    private readonly tenant: TenantId,
  ) {}

  async append(entries: readonly AuditEntry[]): Promise<void> {
    for (const chunk of inChunks(entries)) {
      await this.transaction.sql(APPEND, [this.tenant, JSON.stringify(chunk.map(toRow))]);
    }
  }

  async appendForEach(ids: readonly string[], entry: AuditEntryForMany): Promise<void> {
    if (ids.length === 0) return;
    const { at, actor, action, kind, facts } = entry;
    await this.transaction.sql(APPEND_FOR_EACH, [
      ...[this.tenant, instantText(at), actor, action, kind, ids, JSON.stringify(facts)],
    ]);
  }

  async of(kind: AuditEntry['subject']['kind'], id: string): Promise<readonly AuditEntry[]> {
    const records = await this.transaction.manager
      .createQueryBuilder(AuditEntryRecord, 'entry')
      .where('entry.tenantId = :tenant AND entry.subjectKind = :kind AND entry.subjectId = :id', {
        tenant: this.tenant,
        kind,
        id,
      })
      .orderBy('entry.id')
      .getMany();
    return records.map(({ at, actor, action, subjectKind, subjectId, facts }) => ({
      at,
      actor,
      action,
      subject: { kind: subjectKind, id: subjectId },
      facts,
    }));
  }
}

const APPEND = prepared(`
  INSERT INTO audit_entry (tenant_id, at, actor, action, subject_kind, subject_id, facts)
  SELECT $1, at, actor, action, subject_kind, subject_id, facts
  FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS element (entry, ordinal),
    jsonb_populate_record(NULL::audit_entry, entry)
  ORDER BY ordinal`);

/** $1 tenant, $2-$4 moment, actor and action, $5 kind, $6 ids, $7 facts. */
const APPEND_FOR_EACH = `
  INSERT INTO audit_entry (tenant_id, at, actor, action, subject_kind, subject_id, facts)
  SELECT $1, $2, $3, $4, $5, subject.id, $7::jsonb
  FROM unnest($6::text[]) WITH ORDINALITY AS subject (id, ordinal)
  ORDER BY ordinal`;

function toRow({ at, actor, action, subject, facts }: AuditEntry) {
  return { at: instantText(at), actor, action, subject_kind: subject.kind, subject_id: subject.id, facts };
}
