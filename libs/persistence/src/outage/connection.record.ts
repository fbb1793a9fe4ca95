import type { Connection, Instant, LookRecord, SendingGate } from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { INSTANT } from '../database/column-types.js';

/** There is one row, of no tenant. */
@Entity('connection')
export class ConnectionRecord {
  @PrimaryColumn({ type: 'smallint' }) id!: number;
  @Column({ type: 'boolean', nullable: true }) ksefReachable!: boolean | null;
  @Column({ type: 'text', nullable: true }) ksefDetail!: string | null;
  @Column(INSTANT) ksefCheckedAt!: Instant | null;
  @Column({ type: 'jsonb', nullable: true }) lastLook!: Omit<LookRecord, 'at'> | null;
  @Column(INSTANT) lastLookAt!: Instant | null;
  @Column({ type: 'text', nullable: true }) failedCallCause!: string | null;
  @Column(INSTANT) failedCallAt!: Instant | null;
  @Column({ type: 'text', nullable: true }) latarnia!: Connection['latarnia'] | null;
  @Column(INSTANT) latarniaCheckedAt!: Instant | null;
  @Column({ type: 'text', nullable: true }) gate!: SendingGate['state'] | null;
  @Column(INSTANT) gateSince!: Instant | null;
  @Column(INSTANT) gateLookedAt!: Instant | null;
  @Column({ type: 'smallint', nullable: true }) gateAgainst!: number | null;
  @Column(INSTANT) gateAgainstAt!: Instant | null;
}
