import type { AuditEntry, AuditTrail, TenantId } from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import { inChunks } from '../database/in-chunks.js';
import type { Transaction } from '../database/transactions.js';
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

const APPEND = `
  INSERT INTO audit_entry (tenant_id, at, actor, action, subject_kind, subject_id, facts)
  SELECT $1, at, actor, action, subject_kind, subject_id, facts
  FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS element (entry, ordinal),
    jsonb_populate_record(NULL::audit_entry, entry)
  ORDER BY ordinal`;

function toRow({ at, actor, action, subject, facts }: AuditEntry) {
  return { at: instantText(at), actor, action, subject_kind: subject.kind, subject_id: subject.id, facts };
}
