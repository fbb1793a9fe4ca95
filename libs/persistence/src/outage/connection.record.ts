import type { Connection, Instant } from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { INSTANT } from '../database/column-types.js';

/** There is one row, of no tenant. */
@Entity('connection')
export class ConnectionRecord {
  @PrimaryColumn({ type: 'smallint' }) id!: number;
  @Column({ type: 'boolean', nullable: true }) ksefReachable!: boolean | null;
  @Column({ type: 'text', nullable: true }) ksefDetail!: string | null;
  @Column(INSTANT) ksefCheckedAt!: Instant | null;
  @Column({ type: 'text', nullable: true }) latarnia!: Connection['latarnia'] | null;
  @Column(INSTANT) latarniaCheckedAt!: Instant | null;
}
