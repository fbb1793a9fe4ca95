import type { Instant } from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BYTES, INSTANT } from '../database/column-types.js';

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
}
