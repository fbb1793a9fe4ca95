import type { Instant } from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BYTES, INSTANT } from '../database/column-types.js';
import type { StoredTerm } from './term.mapper.js';

/** A term, once for all invoices that share it. */
@Entity('deadline_value')
export class DeadlineValueRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  /** SHA-256 of the value as PostgreSQL writes it. */
  @PrimaryColumn({ ...BYTES, nullable: false }) digest!: Uint8Array;
  @Column({ type: 'jsonb' }) value!: StoredTerm;
}

/** Which term an invoice has: what is joined and ordered by. Written by SQL only. */
@Entity('invoice_term')
export class InvoiceTermRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  @PrimaryColumn({ type: 'uuid' }) invoiceId!: string;
  @Column(BYTES) digest!: Uint8Array | null;
  @Column(INSTANT) endsAt!: Instant | null;
}
