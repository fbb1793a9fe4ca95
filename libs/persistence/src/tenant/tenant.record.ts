import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BYTES, INSTANT } from '../database/column-types.js';
import type { Instant } from '@latarnik/domain';

@Entity('tenant')
export class TenantRecord {
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) name!: string;
}

@Entity('tenant_context')
export class TenantContextRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  @PrimaryColumn({ type: 'uuid' }) id!: string;
  @Column({ type: 'text' }) type!: string;
  @Column({ type: 'text' }) value!: string;
  @Column({ type: 'text' }) name!: string;
}

@Entity('api_key')
export class ApiKeyRecord {
  @PrimaryColumn({ type: 'uuid' }) tenantId!: string;
  @PrimaryColumn({ type: 'text' }) id!: string;
  @Column(BYTES) sha256!: Uint8Array;
  @Column(INSTANT) revokedAt!: Instant | null;
}
