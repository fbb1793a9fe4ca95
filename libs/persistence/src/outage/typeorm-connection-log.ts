import type { Connection, ConnectionLog, Instant, LatarniaState } from '@latarnik/domain';
import { instantText } from '../database/column-types.js';
import type { Transaction } from '../database/transactions.js';
import { ConnectionRecord } from './connection.record.js';

/** The newest look wins, whichever process writes last. */
export class TypeormConnectionLog implements ConnectionLog {
  constructor(private readonly transaction: Transaction) {}

  /** `undefined` until KSeF was looked at for the first time. */
  async read(): Promise<Connection | undefined> {
    const record = await this.transaction.manager.createQueryBuilder(ConnectionRecord, 'connection').getOne();
    if (record === null) return undefined;
    const { ksefReachable, ksefDetail, ksefCheckedAt, latarnia, latarniaCheckedAt } = record;
    if (ksefReachable === null || ksefDetail === null || ksefCheckedAt === null) return undefined;
    return {
      ksefReachable,
      ksefDetail,
      ksefCheckedAt,
      latarnia: latarnia ?? 'unknown',
      ...(latarniaCheckedAt === null ? {} : { latarniaCheckedAt }),
    };
  }

  async recordKsef(reachable: boolean, detail: string, at: Instant): Promise<void> {
    await this.transaction.sql(
      `INSERT INTO connection AS known (id, ksef_reachable, ksef_detail, ksef_checked_at) VALUES (1, $1, $2, $3)
       ON CONFLICT (id) DO UPDATE SET ksef_reachable = excluded.ksef_reachable, ksef_detail = excluded.ksef_detail,
         ksef_checked_at = excluded.ksef_checked_at
       WHERE known.ksef_checked_at IS NULL OR known.ksef_checked_at <= excluded.ksef_checked_at`,
      [reachable, detail, instantText(at)],
    );
  }

  async recordLatarnia(state: LatarniaState, at: Instant): Promise<void> {
    await this.transaction.sql(
      `INSERT INTO connection AS known (id, latarnia, latarnia_checked_at) VALUES (1, $1, $2)
       ON CONFLICT (id) DO UPDATE SET latarnia = excluded.latarnia, latarnia_checked_at = excluded.latarnia_checked_at
       WHERE known.latarnia_checked_at IS NULL OR known.latarnia_checked_at <= excluded.latarnia_checked_at`,
      [state, instantText(at)],
    );
  }
}
