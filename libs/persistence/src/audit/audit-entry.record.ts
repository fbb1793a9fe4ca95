import type { AuditEntry, Instant } from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { INSTANT } from '../database/column-types.js';

@Entity('audit_entry')
export class AuditEntryRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  /** Given by the database, in the order of writing. */
  @PrimaryColumn({ type: 'bigint' }) id!: string;
  @Column(INSTANT) at!: Instant;
  @Column({ type: 'text' }) actor!: string;
  @Column({ type: 'text' }) action!: string;
  @Column({ type: 'text' }) subjectKind!: AuditEntry['subject']['kind'];
  @Column({ type: 'text' }) subjectId!: string;
  @Column({ type: 'jsonb' }) facts!: AuditEntry['facts'];
}
