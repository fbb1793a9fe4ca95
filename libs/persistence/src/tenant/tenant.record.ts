import { Column, Entity, PrimaryColumn } from 'typeorm';

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
