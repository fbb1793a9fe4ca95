import type { Certificate, CertificateCallRefusal, Instant, RemoteState, Revocation } from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BYTES, INSTANT } from '../database/column-types.js';

const TEXT = { type: 'text', nullable: true } as const;

@Entity('certificate')
export class CertificateRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) contextType!: string;
  @Column({ type: 'text' }) contextValue!: string;
  @Column({ type: 'text' }) purpose!: string;
  @Column({ type: 'text' }) serial!: string;
  @Column({ type: 'text' }) keyAlgorithm!: string;
  @Column(BYTES) der!: Uint8Array;
  @Column({ type: 'text' }) subject!: string;
  @Column(INSTANT) notBefore!: Instant;
  @Column(INSTANT) notAfter!: Instant;
  @Column(BYTES) sealedKey!: Uint8Array;
  @Column(INSTANT) retiredAt!: Instant | null;
  @Column(TEXT) remoteState!: RemoteState | null;
  @Column(TEXT) remoteType!: Certificate['purpose'] | null;
  @Column(INSTANT) remoteNotAfter!: Instant | null;
  @Column(INSTANT) remoteSyncedAt!: Instant | null;
  @Column(TEXT) revocationState!: Revocation['state'] | null;
  @Column(TEXT) revocationReason!: Revocation['reason'] | null;
  @Column(TEXT) revocationPerson!: string | null;
  @Column(INSTANT) revocationRequestedAt!: Instant | null;
  @Column(INSTANT) revocationSettledAt!: Instant | null;
  @Column({ type: 'jsonb', nullable: true }) revocationRefusal!: CertificateCallRefusal | null;
}
