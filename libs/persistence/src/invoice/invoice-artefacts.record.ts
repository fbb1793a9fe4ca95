import type { UpoSignature } from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BYTES } from '../database/column-types.js';

/** The exact bytes of the FA(3) file. */
@Entity('invoice_document')
export class InvoiceDocumentRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  @PrimaryColumn({ type: 'uuid' }) invoiceId!: string;
  @Column(BYTES) sha256!: Uint8Array;
  @Column({ type: 'integer' }) sizeBytes!: number;
  @Column(BYTES) bytes!: Uint8Array;
}

/** The XAdES-BES document over those bytes. */
@Entity('invoice_evidence')
export class InvoiceEvidenceRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  @PrimaryColumn({ type: 'uuid' }) invoiceId!: string;
  @Column(BYTES) xades!: Uint8Array;
}

/** KSeF's proof of receipt (UPO), as it came. */
@Entity('invoice_upo')
export class InvoiceUpoRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  @PrimaryColumn({ type: 'uuid' }) invoiceId!: string;
  @Column(BYTES) upo!: Uint8Array;
  /** Null: nobody looked at it. */
  @Column({ type: 'jsonb', nullable: true }) signature!: UpoSignature | null;
}
