import type { RequestBudget, RequestLimit } from '@latarnik/domain';
import type { Transactions } from '../database/transactions.js';

/** One in so many calls also sweeps away buckets that are full again. */
const SWEEP_EVERY = 500;

/** Token buckets in PostgreSQL, by its clock. */
export class PostgresRequestBudget implements RequestBudget {
  #calls = 0;

  constructor(private readonly transactions: Transactions) {}

  async take(subject: string, { perMinute, burst }: RequestLimit, wanted: number): ReturnType<RequestBudget['take']> {
    const sweeps = this.#calls++ % SWEEP_EVERY === SWEEP_EVERY - 1;
    return this.transactions.run(undefined, async ({ sql }) => {
      if (sweeps) await sql('SELECT forget_full_buckets()');
      const { rows } = await sql<{ taken: number; retry_after_seconds: number }>(
        'SELECT taken, retry_after_seconds FROM take_requests($1, $2, $3, $4)',
        [subject, wanted, burst, perMinute / 60],
      );
      const [row] = rows;
      if (row === undefined) throw new Error('a bucket gave no answer');
      return { taken: row.taken, retryAfterSeconds: row.retry_after_seconds };
    });
  }
}
