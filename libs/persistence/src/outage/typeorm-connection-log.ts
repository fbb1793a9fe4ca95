import type { Connection, ConnectionLog } from '@latarnik/domain';
import { selectRecords } from '../database/rows.js';
import type { Transaction } from '../database/transactions.js';
import { CONNECTION_ROW, toConnection, toConnectionRecord } from './connection.mapper.js';
import { ConnectionRecord } from './connection.record.js';

/** One row, locked while it is changed. */
export class TypeormConnectionLog implements ConnectionLog {
  constructor(private readonly transaction: Transaction) {}

  async read(): Promise<Connection | undefined> {
    const [record] = await selectRecords(this.transaction, ConnectionRecord);
    return record === undefined ? undefined : toConnection(record);
  }

  async change(next: (known: Connection | undefined) => Connection): Promise<Connection> {
    await this.transaction.sql('INSERT INTO connection (id) VALUES ($1) ON CONFLICT (id) DO NOTHING', [CONNECTION_ROW]);
    const known = toConnection(await this.row().setLock('pessimistic_write').getOneOrFail());
    const changed = next(known);
    if (changed !== known) {
      await this.transaction.manager
        .createQueryBuilder()
        .update(ConnectionRecord)
        .set(toConnectionRecord(changed))
        .where({ id: CONNECTION_ROW })
        .updateEntity(false)
        .execute();
    }
    return changed;
  }

  private row() {
    return this.transaction.manager.createQueryBuilder(ConnectionRecord, 'connection');
  }
}
