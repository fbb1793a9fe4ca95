import type { AvailabilityBulletin, BulletinArchive } from '@latarnik/domain';
import type { Transaction } from '../database/transactions.js';
import { BulletinRecord } from './bulletin.record.js';

export class TypeormBulletinArchive implements BulletinArchive {
  constructor(private readonly transaction: Transaction) {}

  async add(bulletins: readonly AvailabilityBulletin[]): Promise<readonly AvailabilityBulletin[]> {
    if (bulletins.length === 0) return [];
    const inserted = await this.transaction.manager
      .createQueryBuilder()
      .insert()
      .into(BulletinRecord)
      .values(bulletins.map(toRecord))
      .orIgnore()
      .returning(['id', 'version'])
      .updateEntity(false)
      .execute();
    const isNew = new Set((inserted.raw as readonly { id: string; version: number }[]).map(keyOf));
    return bulletins.filter((bulletin) => isNew.delete(keyOf(bulletin)));
  }

  async all(): Promise<readonly AvailabilityBulletin[]> {
    const records = await this.transaction.manager
      .createQueryBuilder(BulletinRecord, 'bulletin')
      .orderBy('bulletin.publishedAt', 'DESC')
      .addOrderBy('bulletin.id')
      .addOrderBy('bulletin.version', 'DESC')
      .getMany();
    return records.map(toBulletin);
  }
}

const keyOf = ({ id, version }: { readonly id: string; readonly version: number }): string => `${version}/${id}`;

function toRecord({ start, end, raw, ...rest }: AvailabilityBulletin): BulletinRecord {
  return Object.assign(new BulletinRecord(), { ...rest, startAt: start, endAt: end ?? null, raw: raw ?? null });
}

function toBulletin({ startAt, endAt, raw, ...rest }: BulletinRecord): AvailabilityBulletin {
  return { ...rest, start: startAt, ...(endAt === null ? {} : { end: endAt }), ...(raw === null ? {} : { raw }) };
}
