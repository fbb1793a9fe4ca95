import type { TenantId } from '@latarnik/domain';
import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, EntityManager, QueryResult, QueryRunner } from 'typeorm';
import { DatabaseError, databaseErrorOf } from './database-error.js';

export interface SqlResult<Row> {
  readonly rows: readonly Row[];
  /** Rows that were read or changed. */
  readonly count: number;
}

/** A statement that each connection parses once: for those that every issue of an invoice sends. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

/** The name follows from the text, so that two versions of a program may share a connection pooler. */
export function prepared(text: string): Prepared {
  return { name: `latarnik-${createHash('sha256').update(text).digest('base64url').slice(0, 24)}`, text };
}

/** One open transaction; of no use after its end. */
export interface Transaction {
  readonly manager: EntityManager;
  readonly sql: <Row>(statement: string | Prepared, values?: readonly unknown[]) => Promise<SqlResult<Row>>;
  /** Does a part of the work as a tenant; afterwards the transaction is whose it was. One part at a time. */
  readonly as: <T>(tenant: TenantId, work: () => Promise<T>) => Promise<T>;
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
    const open = watch(runner);
    try {
      const begun = await this.begin(runner, tenant);
      if (tenant === undefined) await begun();
      const result = await work(transactionOn(runner, tenant));
      await begun();
      open.throwIfFailed();
      await open.end('COMMIT');
      // Of a statement that nobody waited for, its failure is heard of before that of COMMIT, which then was a ROLLBACK.
      open.throwIfFailed();
      return result;
    } catch (error) {
      await abandon(runner, open);
      open.throwIfFailed();
      throw error;
    } finally {
      markActive(runner, false);
      await runner.release();
    }
  }

  /**
   * Sends the beginning ahead of the first statements of the work, which need not wait for it: on one connection they run
   * in the order of sending. Should it fail, each of them runs by itself, as no tenant, and row-level security neither
   * shows nor takes anything; what belongs to no tenant is not kept apart like that, and waits.
   */
  private async begin(runner: QueryRunner, tenant: TenantId | undefined): Promise<() => Promise<void>> {
    await runner.connect().catch((error: unknown) => {
      throw databaseErrorOf(error);
    });
    markActive(runner, true);
    const settings = [
      tenant ?? '',
      String(this.limits.statementTimeoutMs),
      String(this.limits.idleInTransactionTimeoutMs),
    ];
    const sent = Promise.all([runner.query('START TRANSACTION'), runner.query(SETTINGS, settings)]);
    sent.catch(() => undefined);
    return async () => {
      await sent;
    };
  }
}

const SETTINGS = `SELECT set_config('latarnik.tenant_id', $1, true), set_config('statement_timeout', $2, true),
  set_config('idle_in_transaction_session_timeout', $3, true), set_config('DateStyle', 'ISO', true)`;

const BECOME = "SELECT set_config('latarnik.tenant_id', $1, true)";

function transactionOn(runner: QueryRunner, owner: TenantId | undefined): Transaction {
  return {
    manager: runner.manager,
    sql: async <Row>(statement: string | Prepared, values: readonly unknown[] = []): Promise<SqlResult<Row>> => {
      // TypeORM hands the statement to the driver as it is, and the driver knows named ones.
      const result = (await runner.query(statement as string, [...values], true)) as QueryResult<Row>;
      return { rows: result.records, count: result.affected ?? 0 };
    },
    as: async (tenant, work) => {
      await runner.query(BECOME, [tenant]);
      const result = await work();
      await runner.query(BECOME, [owner ?? '']);
      return result;
    },
  };
}

interface OpenTransaction {
  /** Of the first statement that failed: whatever `work` made of it, PostgreSQL would turn COMMIT into ROLLBACK. */
  readonly failure: DatabaseError | undefined;
  throwIfFailed(): void;
  /** From its sending on nothing else of this transaction is sent: a statement behind it would run by itself. */
  end(statement: 'COMMIT' | 'ROLLBACK'): Promise<void>;
}

/** Everything TypeORM sends goes through `query`: the one place to strip values off errors and to remember them. */
function watch(runner: QueryRunner): OpenTransaction {
  let [failure, ended]: [DatabaseError | undefined, boolean] = [undefined, false];
  const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
  const send = async (...args: unknown[]): Promise<never> => {
    try {
      gather(await runner.connect());
      return (await query(...args)) as never;
    } catch (error) {
      const stripped = databaseErrorOf(error);
      failure ??= stripped;
      throw stripped;
    }
  };
  runner.query = (...args: unknown[]): Promise<never> =>
    ended ? Promise.reject(new Error('a statement came after the end of its transaction')) : send(...args);
  return {
    get failure() {
      return failure;
    },
    throwIfFailed() {
      if (failure !== undefined) throw failure;
    },
    async end(statement) {
      ended = true;
      await send(statement);
    },
  };
}

/** One write carries everything that is sent before this process turns to something else. */
function gather(connection: unknown): void {
  const { stream } = (connection as { readonly connection: { readonly stream: Writable } }).connection;
  stream.cork();
  process.nextTick(() => {
    stream.uncork();
  });
}

/** Rolls back, or, when the server gave no answer, cuts the connection so that nobody gets it again. */
async function abandon(runner: QueryRunner, open: OpenTransaction): Promise<void> {
  const answered = open.failure === undefined || open.failure.sqlState !== undefined;
  try {
    if (!answered) await cut(runner);
    else if (runner.isTransactionActive) await open.end('ROLLBACK');
  } catch {
    // The error that led here says more; a connection that cannot roll back is cut.
    await cut(runner);
  }
}

/** We begin and end ourselves; TypeORM asks this before it locks rows. */
const markActive = (runner: QueryRunner, isTransactionActive: boolean): void => {
  Object.assign(runner, { isTransactionActive });
};

async function cut(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect().catch(() => undefined)) as { end(): Promise<void> } | undefined;
  await client?.end().catch(() => undefined);
}
