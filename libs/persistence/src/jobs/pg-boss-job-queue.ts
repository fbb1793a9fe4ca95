import type { Job, JobQueue } from '@latarnik/domain';
import type { Db, PgBoss } from 'pg-boss';
import type { Transaction } from '../database/transactions.js';
import { singletonKeyOf, toPayload } from './queues.js';

/** Writes jobs with the connection of the transaction: they exist if and only if it commits. */
export class PgBossJobQueue implements JobQueue {
  private readonly db: Db;

  constructor(
    private readonly boss: PgBoss,
    private readonly transaction: Transaction,
  ) {
    this.db = { executeSql: async (text, values) => ({ rows: [...(await transaction.sql(text, values)).rows] }) };
  }

  /** Without effect while the same job waits already, or while another transaction is writing it: never blocks on it. */
  async enqueue(job: Job, afterSeconds = 0): Promise<void> {
    const singletonKey = singletonKeyOf(job, afterSeconds);
    if (!(await this.isOurs(`${job.kind}/${singletonKey}`))) return;
    const startAfter = afterSeconds > 0 ? { startAfter: afterSeconds } : {};
    await this.boss.send(job.kind, toPayload(job), { singletonKey, ...startAfter, db: this.db });
  }

  /** Until this transaction ends, no other one waits for the unique index of pg-boss because of this job. */
  private async isOurs(key: string): Promise<boolean> {
    const { rows } = await this.transaction.sql<{ ours: boolean }>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS ours',
      [key],
    );
    return rows[0]?.ours === true;
  }
}

/** For an installation without a queue: the sweeper finds the work in the rows. */
export const NO_JOB_QUEUE: JobQueue = { enqueue: () => Promise.resolve() };
