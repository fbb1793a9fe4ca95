import type { AvailabilityBulletin, Instant } from '@latarnik/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { INSTANT } from '../database/column-types.js';

/** One version of a message; of no tenant. */
@Entity('bulletin')
export class BulletinRecord {
  @PrimaryColumn({ type: 'text' }) id!: string;
  @PrimaryColumn({ type: 'integer' }) version!: number;
  @Column({ type: 'text' }) eventId!: string;
  @Column({ type: 'text' }) category!: AvailabilityBulletin['category'];
  @Column({ type: 'text' }) type!: AvailabilityBulletin['type'];
  @Column({ type: 'text' }) title!: string;
  @Column({ type: 'text' }) text!: string;
  @Column(INSTANT) startAt!: Instant;
  @Column(INSTANT) endAt!: Instant | null;
  @Column(INSTANT) publishedAt!: Instant;
  @Column({ type: 'text' }) source!: AvailabilityBulletin['source'];
  @Column(INSTANT) fetchedAt!: Instant;
  @Column({ type: 'text' }) raw!: string | null;
}
