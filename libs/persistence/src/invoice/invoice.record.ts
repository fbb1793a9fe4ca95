import type {
  Acceptance,
  Delivery,
  Instant,
  InvoiceFacts,
  InvoiceState,
  Issue,
  KsefRefusal,
  ModeEvidence,
  PlainDate,
  RequestedMode,
} from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BYTES, INSTANT, PLAIN_DATE } from '../database/column-types.js';
import type { DeadlineValueRecord } from '../deadline/term.record.js';

/** Facts without a column of their own. */
export type OtherFacts = Omit<InvoiceFacts, 'formCode' | 'kind' | 'number' | 'issueDate' | 'sellerNip'>;

const TEXT = { type: 'text', nullable: true } as const;
const JSONB = { type: 'jsonb', nullable: true } as const;

@Entity('invoice')
export class InvoiceRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) contextType!: string;
  @Column({ type: 'text' }) contextValue!: string;
  @Column({ type: 'text' }) sellerNip!: string;
  @Column({ type: 'text' }) kind!: InvoiceFacts['kind'];
  @Column({ type: 'text' }) number!: string;
  @Column(PLAIN_DATE) issueDate!: PlainDate;
  @Column({ type: 'text' }) formSystemCode!: string;
  @Column({ type: 'text' }) formSchemaVersion!: string;
  @Column({ type: 'text' }) formValue!: string;
  @Column({ type: 'jsonb' }) facts!: OtherFacts;
  @Column(BYTES) sha256!: Uint8Array;
  @Column({ type: 'integer' }) sizeBytes!: number;
  @Column({ type: 'text' }) state!: InvoiceState;
  @Column(TEXT) mode!: Issue['mode'] | null;
  @Column(JSONB) modeEvidence!: ModeEvidence | null;
  @Column(INSTANT) issuedAt!: Instant | null;
  @Column(TEXT) kodI!: string | null;
  @Column(TEXT) kodII!: string | null;
  @Column(TEXT) certificateSerial!: string | null;
  @Column(TEXT) requestedMode!: RequestedMode | null;
  @Column(TEXT) preparedKodII!: string | null;
  @Column(TEXT) preparedCertificateSerial!: string | null;
  @Column(TEXT) channel!: Delivery['channel'] | null;
  @Column({ type: 'uuid', nullable: true }) batchId!: string | null;
  @Column(TEXT) sessionReference!: string | null;
  @Column({ type: 'uuid', nullable: true }) earlierBatchId!: string | null;
  @Column(TEXT) earlierSessionReference!: string | null;
  @Column(TEXT) invoiceReference!: string | null;
  @Column(TEXT) ksefNumber!: string | null;
  @Column(TEXT) acceptedSessionReference!: string | null;
  @Column(TEXT) acceptedInvoiceReference!: string | null;
  @Column(INSTANT) invoicingDate!: Instant | null;
  @Column(INSTANT) acquisitionDate!: Instant | null;
  @Column(TEXT) invoicingMode!: NonNullable<Acceptance['invoicingMode']> | null;
  @Column({ type: 'uuid', nullable: true }) correctionId!: string | null;
  @Column(BYTES) correctedSha256!: Uint8Array | null;
  @Column(JSONB) refusal!: KsefRefusal | null;
  @Column(TEXT) notIssuedReason!: string | null;
  @Column({ type: 'integer' }) deliveryAttempts!: number;
  @Column(INSTANT) notBefore!: Instant | null;
  @Column({ type: 'integer' }) version!: number;
  @Column(INSTANT) receivedAt!: Instant;
  /** When to look at an interactive delivery again; set beside the state. */
  @Column(INSTANT) trackAfter!: Instant | null;
  /** No column: filled in by queries that join it. */
  term?: DeadlineValueRecord | null;
}

/** What moves with the state; everything else is written once. */
export type InvoiceProgress = Pick<
  InvoiceRecord,
  | 'state'
  | 'mode'
  | 'modeEvidence'
  | 'issuedAt'
  | 'kodI'
  | 'kodII'
  | 'certificateSerial'
  | 'preparedKodII'
  | 'preparedCertificateSerial'
  | 'channel'
  | 'batchId'
  | 'sessionReference'
  | 'earlierBatchId'
  | 'earlierSessionReference'
  | 'invoiceReference'
  | 'ksefNumber'
  | 'acceptedSessionReference'
  | 'acceptedInvoiceReference'
  | 'invoicingDate'
  | 'acquisitionDate'
  | 'invoicingMode'
  | 'correctionId'
  | 'correctedSha256'
  | 'refusal'
  | 'notIssuedReason'
  | 'deliveryAttempts'
  | 'notBefore'
>;
