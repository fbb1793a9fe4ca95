import type { TenantId } from '@latarnik/domain';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, EntityManager, QueryResult, QueryRunner } from 'typeorm';
import { DatabaseError, databaseErrorOf } from './database-error.js';

export interface SqlResult<Row> {
  readonly rows: readonly Row[];
  /** Rows that were read or changed. */
  readonly count: number;
}

/** One open transaction; of no use after its end. */
export interface Transaction {
  readonly manager: EntityManager;
  readonly sql: <Row>(text: string, values?: readonly unknown[]) => Promise<SqlResult<Row>>;
}

export interface TransactionLimits {
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
}

/** Times a transaction is done again after a conflict. */
const REPEATS = 3;
/** The wait before a repeat is random, up to this much for the first and twice as much for each further one. */
const FIRST_PAUSE_MS = 20;

/** Runs work in transactions (READ COMMITTED, PostgreSQL's default), each on a connection of its own from a bounded pool. */
export class Transactions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly limits: TransactionLimits,
  ) {}

  /**
   * Commits what `work` did, or rolls it back when it throws. A serialisation failure or deadlock is repeated; a lost
   * connection is not, not even at COMMIT, whose outcome is then unknown: the caller reads again.
   *
   * @param tenant becomes `latarnik.tenant_id` of the transaction; `undefined` for what belongs to no tenant
   * @throws DatabaseError
   */
  async run<T>(tenant: TenantId | undefined, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    for (let repeat = 0; ; repeat++) {
      try {
        return await this.once(tenant, work);
      } catch (error) {
        if (repeat === REPEATS || !(error instanceof DatabaseError && error.isRepeatable)) throw error;
        await pause(Math.random() * FIRST_PAUSE_MS * 2 ** repeat);
      }
    }
  }

  private async once<T>(tenant: TenantId | undefined, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const failure = watchFailures(runner);
    try {
      await runner.startTransaction();
      await runner.query(SETTINGS, [
        tenant ?? '',
        String(this.limits.statementTimeoutMs),
        String(this.limits.idleInTransactionTimeoutMs),
      ]);
      const result = await work(transactionOn(runner));
      failure.throwIfAny();
      await runner.commitTransaction();
      return result;
    } catch (error) {
      await abandon(runner, failure);
      failure.throwIfAny();
      throw error;
    } finally {
      await runner.release();
    }
  }
}

const SETTINGS = `SELECT set_config('latarnik.tenant_id', $1, true), set_config('statement_timeout', $2, true),
  set_config('idle_in_transaction_session_timeout', $3, true), set_config('DateStyle', 'ISO', true)`;

function transactionOn(runner: QueryRunner): Transaction {
  return {
    manager: runner.manager,
    sql: async <Row>(text: string, values: readonly unknown[] = []): Promise<SqlResult<Row>> => {
      const result = (await runner.query(text, [...values], true)) as QueryResult<Row>;
      return { rows: result.records, count: result.affected ?? 0 };
    },
  };
}

interface Failure {
  /** Of the first statement that failed: whatever `work` made of it, PostgreSQL would turn COMMIT into ROLLBACK. */
  error?: DatabaseError;
  throwIfAny(): void;
}

/** Everything TypeORM sends goes through `query`: the one place to strip values off errors and to remember them. */
function watchFailures(runner: QueryRunner): Failure {
  const failure: Failure = {
    throwIfAny() {
      if (this.error !== undefined) throw this.error;
    },
  };
  const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
  runner.query = async (...args: unknown[]): Promise<never> => {
    try {
      return (await query(...args)) as never;
    } catch (error) {
      const stripped = databaseErrorOf(error);
      failure.error ??= stripped;
      throw stripped;
    }
  };
  return failure;
}

/** Rolls back, or, when the server gave no answer, cuts the connection so that nobody gets it again. */
async function abandon(runner: QueryRunner, failure: Failure): Promise<void> {
  const answered = failure.error === undefined || failure.error.sqlState !== undefined;
  try {
    if (answered && runner.isTransactionActive) await runner.rollbackTransaction();
    else if (!answered) await cut(runner);
  } catch {
    // The error that led here says more; a connection that cannot roll back is cut.
    await cut(runner);
  }
}

async function cut(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect().catch(() => undefined)) as { end(): Promise<void> } | undefined;
  await client?.end().catch(() => undefined);
}
