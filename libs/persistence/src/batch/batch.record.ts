import type {
  BatchState,
  Instant,
  Lineage,
  Part,
  Reconciliation,
  SealedPackage,
  UnknownSession,
  UploadTarget,
} from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BYTES, INSTANT } from '../database/column-types.js';

/** What only some states know, as JSON; moments are text. The session key is not here. */
export interface BatchBody {
  readonly sealed?: Omit<SealedPackage, 'parts' | 'sealedSessionKey' | 'initializationVector'> & {
    readonly parts: readonly Part[];
  };
  readonly openedAt?: string;
  /** Secrets, kept only while the session is open. */
  readonly targets?: readonly UploadTarget[];
  readonly uploadExpiresAt?: string;
  readonly sessionCode?: number;
  /** Counters, `since` as text, and where the reading of KSeF's list is. */
  readonly reconciliation?: Omit<Reconciliation, 'since'> & { readonly since: string };
  readonly dispute?: string;
  readonly disputedAt?: string;
  readonly settlement?: string;
  /** KSeF does not know its session since then; `since` as text. */
  readonly unknown?: Omit<UnknownSession, 'since'> & { readonly since: string };
  readonly lineage?: Lineage;
  readonly finishedAt?: string;
  readonly reason?: string;
}

@Entity('batch')
export class BatchRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) contextType!: string;
  @Column({ type: 'text' }) contextValue!: string;
  @Column({ type: 'text' }) formSystemCode!: string;
  @Column({ type: 'text' }) formSchemaVersion!: string;
  @Column({ type: 'text' }) formValue!: string;
  @Column({ type: 'text' }) state!: BatchState;
  @Column({ type: 'integer' }) invoiceCount!: number;
  @Column(INSTANT) plannedAt!: Instant;
  @Column({ type: 'integer' }) openAttempts!: number;
  @Column({ type: 'text', nullable: true }) sessionReference!: string | null;
  @Column({ type: 'jsonb' }) body!: BatchBody;
  @Column(BYTES) sealedSessionKey!: Uint8Array | null;
  @Column(BYTES) initializationVector!: Uint8Array | null;
  @Column({ type: 'integer' }) version!: number;
  /** Raised with every lease; a bigint, as text. */
  @Column({ type: 'bigint', insert: false }) fence!: string;
  @Column({ type: 'text', nullable: true }) leaseOwner!: string | null;
  @Column(INSTANT) leaseUntil!: Instant | null;
  @Column(INSTANT) nextActionAt!: Instant | null;
}
